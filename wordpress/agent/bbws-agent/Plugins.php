<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** The site's ordinary plugins. Must-use ones and drop-ins are none, so that the agent never touches itself. */
final class Plugins
{
    /**
     * Those that are installed, by their slugs; of several with one slug, the one that matters.
     *
     * @return array<string, Plugin>
     */
    public static function installed(): array
    {
        require_once ABSPATH . 'wp-admin/includes/plugin.php';
        $installed = [];
        foreach (get_plugins() as $file => $headers) {
            $name = wp_strip_all_tags($headers['Name']);
            $plugin = new Plugin(Plugin::idOf($file), $file, mb_substr($name, 0, 200), mb_substr($headers['Version'], 0, 64));
            $other = $installed[$plugin->id] ?? null;
            if ($other === null || self::rank($plugin) > self::rank($other)) {
                $installed[$plugin->id] = $plugin;
            }
        }
        ksort($installed);
        return $installed;
    }

    /** @throws Refusal when there is no such plugin */
    public static function named(string $id): Plugin
    {
        return self::installed()[$id] ?? throw Refusal::missing();
    }

    /**
     * Load plugins no more, without asking them.
     *
     * @param array<string> $ids
     */
    public static function withdraw(array $ids): void
    {
        $stays = static fn (string $file): bool => !in_array(Plugin::idOf($file), $ids, true);
        update_option('active_plugins', array_values(array_filter(get_option('active_plugins', []), $stays)));
    }

    /** Folders may hold several plugins: the active one counts, else the one that is called as its folder. */
    private static function rank(Plugin $plugin): int
    {
        return ($plugin->isActive() ? 2 : 0) + ($plugin->file === "$plugin->id/$plugin->id.php" ? 1 : 0);
    }
}
