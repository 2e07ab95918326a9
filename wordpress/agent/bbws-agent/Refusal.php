<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** An action that will not be done, with the status and the code of the answer and a sentence that customers may read. */
final class Refusal extends \RuntimeException
{
    private function __construct(public readonly int $status, public readonly string $reason, public readonly string $detail)
    {
        parent::__construct("$reason: $detail");
    }

    /** There is no such plugin. */
    public static function missing(): self
    {
        return new self(404, 'plugin_missing', 'There is no such plugin on the site.');
    }

    /** It would not be done another time either. */
    public static function refused(string $detail): self
    {
        return new self(422, 'plugin_refused', $detail);
    }

    /** Somebody else works on the plugins. */
    public static function busy(): self
    {
        return new self(409, 'busy', "Something else is at work on the site's plugins.");
    }

    /** Whoever has the package does not hand it out at the moment. */
    public static function notDownloaded(): self
    {
        return new self(502, 'not_downloaded', "The plugin's package could not be downloaded.");
    }

    /** Answer the call with this. */
    public function send(): never
    {
        Answer::send($this->status, ['code' => $this->reason, 'detail' => $this->detail]);
    }
}
