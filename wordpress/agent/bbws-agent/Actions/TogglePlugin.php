<?php

declare(strict_types=1);

namespace BBWS\Agent\Actions;

use BBWS\Agent\Action;
use BBWS\Agent\Activation;
use BBWS\Agent\Input;
use BBWS\Agent\Lock;
use BBWS\Agent\Plugins;
use BBWS\Agent\Probation;

/** Has a plugin active or not. An activation is on probation, see there; that it is asked for again does not end it. */
final class TogglePlugin implements Action
{
    public function perform(Input $input): array
    {
        [$id, $wanted] = [$input->slug('pluginId'), $input->flag('isActive')];
        return Lock::holding(static function () use ($id, $wanted): array {
            $plugin = Plugins::named($id);
            if ($plugin->isActive() !== $wanted) {
                $activation = new Activation($plugin);
                $wanted ? $activation->begin() : $activation->end();
                return ['changed' => true];
            }
            if ($wanted && Probation::holds($id)) {
                Probation::begin($id);
                return ['changed' => true];
            }
            return ['changed' => false];
        });
    }
}
