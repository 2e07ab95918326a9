<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** What a control call says in its body, read field by field. */
final readonly class Input
{
    /** What may be downloaded. */
    public const URL = '#^https?://[\x21-\x7e]{1,500}\z#';
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

    /**
     * A plugin's slug.
     *
     * @throws InvalidInput
     */
    public function slug(string $field): string
    {
        return $this->matching('/^[A-Za-z0-9._-]{1,100}\z/', $field);
    }

    /**
     * An address to download from.
     *
     * @throws InvalidInput
     */
    public function url(string $field): string
    {
        return $this->matching(self::URL, $field);
    }

    /**
     * Whether something is so.
     *
     * @throws InvalidInput when it is not said, and there is no default
     */
    public function flag(string $field, ?bool $default = null): bool
    {
        $value = $this->fields[$field] ?? $default;
        return is_bool($value) ? $value : throw new InvalidInput($field);
    }

    private function matching(string $pattern, string $field): string
    {
        $value = $this->fields[$field] ?? null;
        return is_string($value) && preg_match($pattern, $value) === 1 ? $value : throw new InvalidInput($field);
    }
}
