<?php

declare(strict_types=1);

namespace BBWS\Agent\Actions;

use BBWS\Agent\Action;
use BBWS\Agent\Input;
use BBWS\Agent\Plugins;
use BBWS\Agent\Probation;
use BBWS\Agent\Refusal;

/** Keeps a plugin that was activated and is found to do no harm. */
final class ConfirmPlugin implements Action
{
    public function perform(Input $input): array
    {
        $plugin = Plugins::named($input->slug('pluginId'));
        if (!$plugin->isActive()) {
            throw Refusal::refused('The plugin is not active, or was not confirmed in time.');
        }
        return ['changed' => Probation::end($plugin->id)];
    }
}
