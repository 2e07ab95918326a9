<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** What a control call says in its body, read field by field. */
final readonly class Input
{
    private const MAX_DEPTH = 8;

    /** @param array<mixed> $fields */
    private function __construct(private array $fields)
    {
    }

    /** @throws InvalidInput when the body is no JSON object */
    public static function fromJson(string $body): self
    {
        $fields = json_decode($body, true, self::MAX_DEPTH);
        if (!is_array($fields) || !str_starts_with(ltrim($body), '{')) {
            throw new InvalidInput('');
        }
        return new self($fields);
    }

    /**
     * A text of one line that has something in it.
     *
     * @throws InvalidInput when there is none, or it is longer than so many characters
     */
    public function line(string $field, int $maxCharacters): string
    {
        $value = $this->fields[$field] ?? null;
        if (!is_string($value) || trim($value) === '' || preg_match("/^\P{Cc}{1,$maxCharacters}\z/u", $value) !== 1) {
            throw new InvalidInput($field);
        }
        return $value;
    }
}
