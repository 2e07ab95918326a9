<?php

declare(strict_types=1);

namespace BBWS\Agent;

/**
 * The time in which the platform looks whether the site bears a plugin that was just activated.
 *
 * A plugin that nobody confirmed is taken out again by the site itself, before it is loaded: whoever activated it may be gone.
 */
final class Probation
{
    public const OPTION = 'bbws_probation';
    private const SECONDS = 30;

    /** Begin a plugin's probation, or begin it anew. */
    public static function begin(string $id): void
    {
        update_option(self::OPTION, [$id => time() + self::SECONDS] + self::all(), true);
    }

    /** End it, whatever comes of the plugin; whether there was one. */
    public static function end(string $id): bool
    {
        $others = self::all();
        if (!isset($others[$id])) {
            return false;
        }
        unset($others[$id]);
        self::keep($others);
        return true;
    }

    /** Whether a plugin is on probation. */
    public static function holds(string $id): bool
    {
        return isset(self::all()[$id]);
    }

    /** Take out what was not confirmed in time. It runs with every request, so it asks the database nothing while nobody is. */
    public static function enforce(): void
    {
        if (wp_installing() || self::over() === []) {
            return;
        }
        try {
            Lock::holding(self::undo(...));
        } catch (Refusal) {
            // Somebody is at work on the plugins: the next request will do.
            return;
        }
    }

    private static function undo(): void
    {
        // Meanwhile it may have been confirmed.
        wp_cache_delete('alloptions', 'options');
        $over = self::over();
        if ($over !== []) {
            Plugins::withdraw(array_map(strval(...), array_keys($over)));
            self::keep(array_diff_key(self::all(), $over));
        }
    }

    /** @return array<string, int> */
    private static function over(): array
    {
        return array_filter(self::all(), static fn (int $until): bool => $until <= time());
    }

    /**
     * All that are on probation, and until when. From the options that WordPress loads in any case: asking for one that is
     * not there would cost a query.
     *
     * @return array<string, int>
     */
    private static function all(): array
    {
        $kept = maybe_unserialize(wp_load_alloptions()[self::OPTION] ?? '');
        return is_array($kept) ? array_filter($kept, is_int(...)) : [];
    }

    /** @param array<string, int> $probations */
    private static function keep(array $probations): void
    {
        $probations === [] ? delete_option(self::OPTION) : update_option(self::OPTION, $probations, true);
    }
}
