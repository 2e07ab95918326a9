<?php

declare(strict_types=1);

namespace BBWS\Agent\Actions;

use BBWS\Agent\Action;
use BBWS\Agent\Input;
use BBWS\Agent\SafeMode;

/** What the site is: its id, its versions, and whether its database answers. */
final class Facts implements Action
{
    public function perform(Input $input): array
    {
        return [
            'siteId' => BBWS_SITE_ID,
            'wordpressVersion' => $GLOBALS['wp_version'],
            'phpVersion' => PHP_VERSION,
            'databaseOk' => $GLOBALS['wpdb']->get_var('SELECT 1') === '1',
            'safeMode' => SafeMode::leftPluginsOut(),
        ];
    }
}
