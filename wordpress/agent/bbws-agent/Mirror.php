<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Sends what is meant for WordPress.org to another place, where a site's configuration names one. */
final class Mirror
{
    private const WORDPRESS_ORG = '#^https?://(?<host>(?:[a-z0-9-]+\.)*wordpress\.org)(?<path>/.*)?\z#i';

    /** Begin, when there is a mirror: HOST.wordpress.org/PATH becomes MIRROR/HOST/PATH. */
    public static function begin(): void
    {
        if (defined('BBWS_WORDPRESS_ORG')) {
            add_filter('pre_http_request', self::reissued(...), 10, 3);
        }
    }

    /** @param array<string, mixed> $options */
    private static function reissued(mixed $answer, array $options, string $url): mixed
    {
        if ($answer !== false || preg_match(self::WORDPRESS_ORG, $url, $found) !== 1) {
            return $answer;
        }
        $mirrored = BBWS_WORDPRESS_ORG . '/' . strtolower($found['host']) . ($found['path'] ?? '/');
        // WordPress would not ask an address inside the network.
        return wp_remote_request($mirrored, ['reject_unsafe_urls' => false] + $options);
    }
}
