<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Replaces a plugin's files by those of another version, by WordPress' own upgrader: it never deletes the plugin first. */
final readonly class Replacement
{
    private const DOWNLOAD_SECONDS = 15;
    /** What was not begun by then is not begun: the platform waits for 25 seconds, and nothing may happen after that. */
    private const BEGIN_SECONDS = 18;
    private const BAD_PACKAGE = 'The package is no plugin that WordPress can unpack.';
    private const REFUSED = [
        'incompatible_archive' => self::BAD_PACKAGE,
        'incompatible_archive_empty' => self::BAD_PACKAGE,
        'incompatible_archive_no_plugins' => self::BAD_PACKAGE,
        'incompatible_php_required_version' => 'This version needs a newer PHP than the site has.',
        'incompatible_wp_required_version' => 'This version needs a newer WordPress than the site has.',
        'bbws_other_plugin' => 'The package holds another plugin.',
        'bbws_other_version' => 'The package holds another version than the one that was asked for.',
    ];
    private float $latest;

    public function __construct(private Plugin $plugin, private string $version)
    {
        $this->latest = microtime(true) + self::BEGIN_SECONDS;
    }

    /**
     * Replace them. The plugin stays active, or inactive, as it was.
     *
     * @throws Refusal when the package is no good or cannot be had; the version that was there still is
     */
    public function perform(string $package): void
    {
        foreach (['file', 'misc', 'plugin', 'update', 'class-wp-upgrader'] as $part) {
            require_once ABSPATH . "wp-admin/includes/$part.php";
        }
        $wasActive = $this->plugin->isActive();
        $archive = self::download($package);
        Ending::owes(static fn () => @unlink($archive));
        if (!self::isWhole($archive)) {
            throw Refusal::refused(self::BAD_PACKAGE);
        }
        $fault = $this->replace($archive);
        if ($fault !== null) {
            throw isset(self::REFUSED[$fault->get_error_code()])
                ? Refusal::refused(self::REFUSED[$fault->get_error_code()])
                : new \RuntimeException("The plugin was not replaced: {$fault->get_error_code()} {$fault->get_error_message()}");
        }
        $file = Plugins::named($this->plugin->id)->file;
        if ($wasActive && $file !== $this->plugin->file) {
            // Its main file has another name now, and WordPress loads plugins by that.
            $active = array_diff(get_option('active_plugins', []), [$this->plugin->file]);
            update_option('active_plugins', [...$active, $file]);
        }
    }

    /** Fetched beforehand, so that visitors are shut out only while files are replaced; gives the file's path. */
    private static function download(string $package): string
    {
        $archive = download_url($package, self::DOWNLOAD_SECONDS);
        if (!is_wp_error($archive)) {
            return $archive;
        }
        $status = (int) ($archive->get_error_data()['code'] ?? 0);
        error_log("bbws-agent: {$archive->get_error_code()} {$archive->get_error_message()} $status");
        throw match (true) {
            in_array($status, [403, 404, 410], true) => Refusal::refused('There is no such version to download.'),
            default => Refusal::notDownloaded(),
        };
    }

    /** Whether all of it can be unpacked: where it is damaged inside, WordPress would put empty files. */
    private static function isWhole(string $archive): bool
    {
        $zip = new \ZipArchive();
        if ($zip->open($archive, \ZipArchive::RDONLY) !== true) {
            return false;
        }
        for ($number = 0; $number < $zip->numFiles; $number++) {
            $content = $zip->getFromIndex($number);
            if ($content === false || crc32($content) !== $zip->statIndex($number)['crc']) {
                return false;
            }
        }
        return $zip->close();
    }

    private function replace(string $archive): ?\WP_Error
    {
        $upgrader = new \Plugin_Upgrader(new \WP_Ajax_Upgrader_Skin());
        $this->owePuttingRight($upgrader);
        add_filter('site_transient_update_plugins', fn (mixed $known): object => $this->offering($archive, $known));
        // After WordPress' own look at what was unpacked.
        add_filter('upgrader_source_selection', fn (mixed $source) => $this->checked($source, $upgrader), 20);
        $result = $upgrader->bulk_upgrade([$this->plugin->file]);
        $mine = is_array($result) ? $result[$this->plugin->file] ?? false : false;
        return match (true) {
            is_wp_error($mine) => $mine,
            is_array($mine) => null,
            default => new \WP_Error('bbws_nothing_done', 'WordPress cannot write its own files'),
        };
    }

    /** The directory's offer, as WordPress keeps it: this version and no other, from a file that is here already. */
    private function offering(string $archive, mixed $known): object
    {
        $offers = is_object($known) ? clone $known : new \stdClass();
        $offer = ['plugin' => $this->plugin->file, 'new_version' => $this->version, 'package' => $archive];
        $offers->response = [$this->plugin->file => (object) $offer];
        return $offers;
    }

    private function checked(mixed $source, \Plugin_Upgrader $upgrader): mixed
    {
        return match (true) {
            is_wp_error($source) => $source,
            basename($source) !== $this->plugin->id => new \WP_Error('bbws_other_plugin', basename($source)),
            $upgrader->new_plugin_data['Version'] !== $this->version => new \WP_Error('bbws_other_version', $this->version),
            microtime(true) > $this->latest => new \WP_Error('bbws_late', 'it took too long to get and unpack the package'),
            default => $source,
        };
    }

    /** However this ends: let visitors in again, and have the old version back when its files were moved away and no others came. */
    private function owePuttingRight(\Plugin_Upgrader $upgrader): void
    {
        $folder = dirname($this->plugin->file);
        $backup = ['slug' => $folder, 'src' => WP_PLUGIN_DIR, 'dir' => 'plugins'];
        Ending::owes(static function () use ($upgrader, $folder, $backup): void {
            if (!is_dir(WP_PLUGIN_DIR . "/$folder")) {
                $upgrader->restore_temp_backup([$backup]);
            }
            @unlink(ABSPATH . '.maintenance');
        });
    }
}
