<?php

declare(strict_types=1);

namespace BBWS\Agent;

/**
 * Activates and deactivates a plugin with its own hooks. Both run code of the plugin's, which may throw, end PHP, or print.
 *
 * Whatever it does, the call is answered, and a plugin that failed is inactive.
 */
final readonly class Activation
{
    /** Of PHP's own time, not counting that spent waiting; below what the platform waits for an answer. */
    private const SECONDS = 8;
    private const FATAL = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;
    private const FAILED = 'The plugin failed while it was activated.';
    private const REFUSED = [
        'plugin_wp_php_incompatible' => 'The plugin needs a newer WordPress and a newer PHP than the site has.',
        'plugin_php_incompatible' => 'The plugin needs a newer PHP than the site has.',
        'plugin_wp_incompatible' => 'The plugin needs a newer WordPress than the site has.',
        'plugin_missing_dependencies' => 'The plugin needs other plugins that are not active on the site.',
    ];

    public function __construct(private Plugin $plugin)
    {
    }

    /**
     * Activate it, on probation.
     *
     * @throws Refusal when it fails or lacks what it needs
     */
    public function begin(): void
    {
        Probation::begin($this->plugin->id);
        $fault = $this->run(static fn (string $file): mixed => activate_plugin($file), $this->judge(...));
        // What a plugin prints while it is activated is no reason not to activate it.
        if ($fault !== null && !(is_wp_error($fault) && $fault->get_error_code() === 'unexpected_output')) {
            $this->giveUp();
            throw Refusal::refused(is_wp_error($fault) ? self::REFUSED[$fault->get_error_code()] ?? self::FAILED : self::FAILED);
        }
        Probation::begin($this->plugin->id);
    }

    /** Deactivate it; when its own hook fails, without. */
    public function end(): void
    {
        $this->run(
            static function (string $file): void {
                // Its hook is known only once it is loaded.
                plugin_sandbox_scrape($file);
                deactivate_plugins($file);
            },
            function (): never {
                $this->giveUp();
                Answer::send(200, ['changed' => true]);
            },
        );
        $this->giveUp();
    }

    /**
     * Run the plugin's code; what it gave, or what it threw.
     *
     * @param \Closure(string): mixed $work
     * @param \Closure(): never $whenCutOff
     */
    private function run(\Closure $work, \Closure $whenCutOff): mixed
    {
        set_time_limit(self::SECONDS);
        // Hooks often do nothing for somebody who might not activate plugins.
        wp_set_current_user((int) (get_users(['role' => 'administrator', 'number' => 1, 'fields' => 'ID'])[0] ?? 0));
        $owed = Ending::owes($whenCutOff);
        try {
            return $work($this->plugin->file);
        } catch (\Throwable $fault) {
            error_log("bbws-agent: $fault");
            return $fault;
        } finally {
            Ending::forget($owed);
        }
    }

    /** The plugin ended PHP: many do once they are active, to send whoever activated them to a page of theirs. */
    private function judge(): never
    {
        $isFatal = ((error_get_last()['type'] ?? 0) & self::FATAL) !== 0;
        if (!$isFatal && $this->plugin->isActive()) {
            Answer::send(200, ['changed' => true]);
        }
        $this->giveUp();
        Refusal::refused(self::FAILED)->send();
    }

    private function giveUp(): void
    {
        if ($this->plugin->isActive()) {
            Plugins::withdraw([$this->plugin->id]);
        }
        Probation::end($this->plugin->id);
    }
}
