<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** What the WordPress.org directory offers this site. Asking it anew takes a bounded time and never fails: then the old stays. */
final class Updates
{
    public const HOUR = 3600;
    private const PLUGINS = 'update_plugins';
    private const CORE = 'update_core';
    private const TIMELY_SECONDS = 24 * self::HOUR;
    private const PAUSE_SECONDS = 300;
    /** WordPress waits no shorter. */
    private const LEAST_SECONDS = 1.0;
    private readonly float $until;

    /** Gives all checks of this request together so many seconds. */
    public function __construct(float $seconds)
    {
        $this->until = microtime(true) + $seconds;
        add_filter('http_request_args', $this->withTimeout(...), PHP_INT_MAX);
        add_filter('pre_http_request', $this->unlessTimeIsUp(...), PHP_INT_MIN);
    }

    /** What is offered of plugins, asked for anew when it is older than so many seconds; null while nothing is known. */
    public function ofPlugins(int $maxAge): ?object
    {
        require_once ABSPATH . 'wp-admin/includes/plugin.php';
        return $this->refreshed(self::PLUGINS, $maxAge, static function (?object $before): ?object {
            wp_clean_plugins_cache();
            wp_update_plugins();
            $now = self::known(self::PLUGINS);
            if ($now === null) {
                return null;
            }
            // Plugins that the directory does not have bring updaters along, which are not loaded now.
            $now->response += array_diff_key($before->response ?? [], (array) $now->no_update);
            return $now;
        });
    }

    /** What is offered of WordPress itself; as ofPlugins. */
    public function ofCore(int $maxAge): ?object
    {
        return $this->refreshed(self::CORE, $maxAge, static function (): ?object {
            wp_version_check([], true);
            return self::known(self::CORE);
        });
    }

    /** Whether an answer is recent enough to say that there is no update. */
    public static function isTimely(?object $answer): bool
    {
        return $answer !== null && time() - $answer->last_checked < self::TIMELY_SECONDS;
    }

    /** @param \Closure(?object): ?object $check asks WordPress.org, given what was known; null when there was no answer */
    private function refreshed(string $name, int $maxAge, \Closure $check): ?object
    {
        $known = self::known($name);
        $isRecent = $known !== null && time() - $known->last_checked < $maxAge;
        if ($isRecent || ($maxAge > 0 && get_site_transient("bbws_failed_$name"))) {
            return $known;
        }
        delete_site_transient($name);
        try {
            $found = $check($known);
        } catch (\Throwable $fault) {
            error_log("bbws-agent: $fault");
            $found = null;
        }
        if ($found === null) {
            set_site_transient("bbws_failed_$name", 1, self::PAUSE_SECONDS);
        }
        $kept = $found ?? $known;
        $kept === null ? delete_site_transient($name) : set_site_transient($name, $kept);
        return $kept;
    }

    /** What WordPress has kept of an answer. Before it asks it keeps the time alone, and an empty list of its own versions. */
    private static function known(string $name): ?object
    {
        $kept = get_site_transient($name);
        $isAnswer = is_object($kept) && isset($kept->last_checked)
            && ($name === self::CORE ? !empty($kept->updates) : isset($kept->response));
        return $isAnswer ? $kept : null;
    }

    /** @param array<string, mixed> $options */
    private function withTimeout(array $options): array
    {
        $left = max($this->until - microtime(true), self::LEAST_SECONDS);
        return ['timeout' => min((float) $options['timeout'], $left)] + $options;
    }

    private function unlessTimeIsUp(mixed $answer): mixed
    {
        $isUp = $this->until - microtime(true) < self::LEAST_SECONDS;
        return $answer === false && $isUp ? new \WP_Error('bbws_time_is_up', 'No more time for updates.') : $answer;
    }
}
