<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** A control call as it came in, nothing of it believed yet. */
final readonly class Request
{
    public const MAX_BODY_BYTES = 32_768;

    public function __construct(
        public string $method,
        public string $target,
        public string $timestamp,
        public string $nonce,
        public string $signature,
        public string $body,
    ) {
    }

    /** The request that PHP is answering; of a body that is too long, only enough to see that it is. */
    public static function current(): self
    {
        return new self(
            method: $_SERVER['REQUEST_METHOD'] ?? '',
            target: $_SERVER['REQUEST_URI'] ?? '',
            timestamp: $_SERVER['HTTP_X_BBWS_TIMESTAMP'] ?? '',
            nonce: $_SERVER['HTTP_X_BBWS_NONCE'] ?? '',
            signature: $_SERVER['HTTP_X_BBWS_SIGNATURE'] ?? '',
            body: (string) file_get_contents('php://input', length: self::MAX_BODY_BYTES + 1),
        );
    }

    /**
     * Whether a request target belongs to the agent, however oddly it is spelled.
     *
     * The web server lets the agent's folder of an offline site pass after it has tidied the target up ("/a/../", "//", "%2F").
     * What this takes must be at least as wide: whatever passed there and were not taken here, WordPress would answer.
     */
    public static function isForAgent(string $target): bool
    {
        return str_contains(rawurldecode($target) . '/', '/bbws-agent/');
    }
}
