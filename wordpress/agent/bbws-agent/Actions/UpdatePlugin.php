<?php

declare(strict_types=1);

namespace BBWS\Agent\Actions;

use BBWS\Agent\Action;
use BBWS\Agent\Input;
use BBWS\Agent\Lock;
use BBWS\Agent\Plugins;
use BBWS\Agent\Replacement;

/** Puts a version of a plugin in place of the one that is there. The same version again changes nothing. */
final class UpdatePlugin implements Action
{
    private const MAX_VERSION_CHARACTERS = 64;

    public function perform(Input $input): array
    {
        $id = $input->slug('pluginId');
        $version = $input->line('version', self::MAX_VERSION_CHARACTERS);
        $package = $input->url('package');
        return Lock::holding(static function () use ($id, $version, $package): array {
            $plugin = Plugins::named($id);
            if ($plugin->version === $version) {
                return ['changed' => false];
            }
            (new Replacement($plugin, $version))->perform($package);
            return ['changed' => true];
        });
    }
}
