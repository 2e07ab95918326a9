<?php

declare(strict_types=1);

namespace BBWS\Agent\Actions;

use BBWS\Agent\Action;
use BBWS\Agent\Input;
use BBWS\Agent\Inventory;
use BBWS\Agent\Updates;

/** The ordinary plugins with their versions, and those that the directory offers. */
final class Plugins implements Action
{
    private const CHECK_SECONDS = 3.0;

    public function perform(Input $input): array
    {
        $maxAge = $input->flag('fresh', default: false) ? 0 : Updates::HOUR;
        $offers = (new Updates(self::CHECK_SECONDS))->ofPlugins($maxAge);
        return ['plugins' => Inventory::rows($offers)];
    }
}
