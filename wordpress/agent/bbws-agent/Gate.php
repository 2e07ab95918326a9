<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Decides whether a control call comes from the platform, is meant for this site, is fresh and was not seen before. */
final readonly class Gate
{
    public const WINDOW_SECONDS = 300;
    private const MIN_SECRET_BYTES = 32;
    private const TARGET = '#^/wp-json(?<route>/bbws-agent/v1/(?<action>[a-z]+(?:-[a-z]+)*))\z#';

    /** @var list<string> */
    private array $secrets;

    /**
     * @param array<mixed> $secrets those that are accepted: the current one, and the previous one while secrets are rotated;
     *                              what is too short to be one is no secret, so that a missing setting admits nobody
     */
    public function __construct(private string $siteId, array $secrets, private Nonces $nonces, private int $now)
    {
        $isSecret = static fn (mixed $secret): bool => is_string($secret) && strlen($secret) >= self::MIN_SECRET_BYTES;
        $this->secrets = array_values(array_filter($secrets, $isSecret));
    }

    /**
     * The name of the action that may be performed, or null when anything at all is wrong.
     *
     * @throws \RuntimeException when a genuine call's nonce cannot be stored
     */
    public function admit(Request $request): ?string
    {
        if (!$this->isWellFormed($request) || preg_match(self::TARGET, $request->target, $found) !== 1) {
            return null;
        }
        $sent = (int) $request->timestamp;
        if (abs($this->now - $sent) > self::WINDOW_SECONDS || !$this->isGenuine($request, $found['route'])) {
            return null;
        }
        // A call is fresh until this moment; its nonce has to be known for as long.
        return $this->nonces->spend($request->nonce, $sent + self::WINDOW_SECONDS) ? $found['action'] : null;
    }

    private function isWellFormed(Request $request): bool
    {
        return $request->method === 'POST'
            && strlen($request->body) <= Request::MAX_BODY_BYTES
            && preg_match('/^[1-9][0-9]{9}\z/', $request->timestamp) === 1
            && preg_match('/^[0-9a-f]{32}\z/', $request->nonce) === 1;
    }

    private function isGenuine(Request $request, string $route): bool
    {
        $genuine = false;
        foreach ($this->secrets as $secret) {
            $expected = Signature::of(
                $secret,
                $this->siteId,
                $request->method,
                $route,
                $request->timestamp,
                $request->nonce,
                $request->body,
            );
            $genuine = hash_equals($expected, $request->signature) || $genuine;
        }
        return $genuine;
    }
}
