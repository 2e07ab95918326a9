<?php

declare(strict_types=1);

namespace BBWS\Agent;

/**
 * WordPress without what customers install: neither ordinary plugins nor the theme's functions are loaded.
 *
 * A plugin with a fatal error stops every request that loads it. Control calls are how such a site is found and mended, so
 * they never depend on one.
 */
final class SafeMode
{
    /** Leave plugins and theme out of this request; once both would have been loaded, options read true again. */
    public static function enter(): void
    {
        $none = static fn (): array => [];
        add_filter('pre_option_active_plugins', $none, PHP_INT_MAX);
        add_action('plugins_loaded', static fn () => remove_filter('pre_option_active_plugins', $none, PHP_INT_MAX), PHP_INT_MIN);

        // WordPress includes functions.php of the theme's folder: there is none in this one.
        $empty = static fn (): string => __DIR__;
        foreach (['template_directory', 'stylesheet_directory'] as $filter) {
            add_filter($filter, $empty, PHP_INT_MAX);
            add_action('after_setup_theme', static fn () => remove_filter($filter, $empty, PHP_INT_MAX), PHP_INT_MIN);
        }
    }

    /** Whether this site has active plugins, all of which were left out. */
    public static function leftPluginsOut(): bool
    {
        return get_option('active_plugins', []) !== [];
    }
}
