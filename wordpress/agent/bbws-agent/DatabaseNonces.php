<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Nonces in a small table of the site's database. Its unique key decides between two calls with the same nonce at once. */
final readonly class DatabaseNonces implements Nonces
{
    private const PRUNED_AT_ONCE = 100;
    private string $table;

    public function __construct(private \wpdb $database, private int $now)
    {
        $this->table = $database->base_prefix . 'bbws_agent_nonces';
    }

    public function spend(string $nonce, int $until): bool
    {
        // A missing table is no error to show or to log: it is made with the first call.
        $shown = $this->database->suppress_errors(true);
        try {
            $rows = $this->insert($nonce, $until);
            if ($rows === false) {
                $this->createTable();
                $rows = $this->insert($nonce, $until);
            }
            if ($rows === false) {
                throw new \RuntimeException('The nonce of a control call cannot be stored: ' . $this->database->last_error);
            }
            $this->prune();
        } finally {
            $this->database->suppress_errors($shown);
        }
        return $rows === 1;
    }

    private function insert(string $nonce, int $until): int|false
    {
        $insert = 'INSERT IGNORE INTO %i (nonce, expires) VALUES (%s, %d)';
        return $this->database->query($this->database->prepare($insert, $this->table, $nonce, $until));
    }

    private function createTable(): void
    {
        $this->database->query($this->database->prepare(
            'CREATE TABLE IF NOT EXISTS %i (nonce CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,'
            . ' expires BIGINT NOT NULL, KEY expires (expires))',
            $this->table,
        ));
    }

    private function prune(): void
    {
        $delete = 'DELETE FROM %i WHERE expires < %d LIMIT %d';
        $this->database->query($this->database->prepare($delete, $this->table, $this->now, self::PRUNED_AT_ONCE));
    }
}
