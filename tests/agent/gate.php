<?php

/**
 * Puts requests to the agent's gate, outside WordPress.
 *
 * Reads {siteId, secrets, now, requests: [...]} as JSON and writes, as JSON, for each request the action that was admitted, or
 * null. A request that says "at" comes in at that time. Nonces are kept in memory.
 */

declare(strict_types=1);

namespace BBWS\Agent;

foreach (['Request', 'Signature', 'Nonces', 'Gate'] as $class) {
    require dirname(__DIR__, 2) . "/wordpress/agent/bbws-agent/$class.php";
}

$nonces = new class () implements Nonces {
    /** @var array<string, int> */
    public array $spent = [];

    public function spend(string $nonce, int $until): bool
    {
        $fresh = !isset($this->spent[$nonce]);
        $this->spent[$nonce] = $until;
        return $fresh;
    }
};
$case = json_decode(stream_get_contents(STDIN), true, flags: JSON_THROW_ON_ERROR);
$admitted = [];
foreach ($case['requests'] as $request) {
    $now = $request['at'] ?? $case['now'];
    unset($request['at']);
    $admitted[] = (new Gate($case['siteId'], $case['secrets'], $nonces, $now))->admit(new Request(...$request));
}
echo json_encode(['admitted' => $admitted, 'spent' => $nonces->spent ?: new \stdClass()], JSON_THROW_ON_ERROR);
