<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Lets one process at a time work on the site's plugins. */
final class Lock
{
    private const NAME = 'bbws_plugins';
    /** Longer than anybody holds it; one that is older was left by a process that was killed. */
    private const SECONDS = 60;

    /**
     * Do something while nobody else does; what it gives.
     *
     * @template T
     * @param \Closure(): T $work
     * @return T
     * @throws Refusal when somebody else is at work
     */
    public static function holding(\Closure $work): mixed
    {
        require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
        if (!\WP_Upgrader::create_lock(self::NAME, self::SECONDS)) {
            throw Refusal::busy();
        }
        $release = Ending::owes(static fn () => \WP_Upgrader::release_lock(self::NAME));
        try {
            return $work();
        } finally {
            Ending::settle($release);
        }
    }
}
