<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** The signature that the platform puts on its control calls: HMAC-SHA256, keyed with the site's agent secret. */
final class Signature
{
    /** Binds everything a call consists of, so that none of it can be changed or used for another site. */
    public static function of(
        string $secret,
        string $siteId,
        string $method,
        string $route,
        string $timestamp,
        string $nonce,
        string $body,
    ): string {
        $signed = implode("\n", ['v1', $siteId, $method, $route, $timestamp, $nonce, hash('sha256', $body)]);
        return 'v1=' . hash_hmac('sha256', $signed, $secret);
    }
}
