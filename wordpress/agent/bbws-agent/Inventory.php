<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** The plugins as the platform is told of them. */
final class Inventory
{
    /**
     * One row for each plugin.
     *
     * @param ?object $offers what the directory answered, see Updates
     * @return list<array<string, mixed>>
     */
    public static function rows(?object $offers): array
    {
        require_once ABSPATH . 'wp-admin/includes/update.php';
        $updatesThemselves = wp_is_auto_update_enabled_for_type('plugin') ? (array) get_site_option('auto_update_plugins', []) : [];
        $row = static fn (Plugin $plugin): array => [
            'pluginId' => $plugin->id,
            'name' => $plugin->name,
            'version' => $plugin->version,
            ...self::latest($plugin, $offers),
            'isActive' => $plugin->isActive(),
            'autoUpdate' => in_array($plugin->file, $updatesThemselves, true),
        ];
        return array_map($row, array_values(Plugins::installed()));
    }

    /**
     * The newest version that this site can run, and where it is.
     *
     * @return array{latestVersion: ?string, package: ?string}
     */
    private static function latest(Plugin $plugin, ?object $offers): array
    {
        $offer = $offers->response[$plugin->file] ?? $offers->no_update[$plugin->file] ?? null;
        if ($offer === null) {
            return ['latestVersion' => null, 'package' => null];
        }
        $version = mb_substr((string) ($offer->new_version ?? ''), 0, 64);
        $isNewer = version_compare($version, $plugin->version, '>') && self::canRun($offer);
        $package = (string) ($offer->package ?? '');
        $isOffered = ($isNewer || $version === $plugin->version) && preg_match(Input::URL, $package) === 1;
        return ['latestVersion' => $isNewer ? $version : $plugin->version, 'package' => $isOffered ? $package : null];
    }

    private static function canRun(object $offer): bool
    {
        return is_wp_version_compatible($offer->requires ?? '') && is_php_version_compatible($offer->requires_php ?? '');
    }
}
