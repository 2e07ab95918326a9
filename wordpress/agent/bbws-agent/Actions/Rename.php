<?php

declare(strict_types=1);

namespace BBWS\Agent\Actions;

use BBWS\Agent\Action;
use BBWS\Agent\Input;

/** Sets the site's title. The same title again changes nothing. */
final class Rename implements Action
{
    private const MAX_CHARACTERS = 100;

    public function perform(Input $input): array
    {
        // WordPress keeps the title escaped, so only what it would keep can be compared.
        $title = sanitize_option('blogname', $input->line('siteName', self::MAX_CHARACTERS));
        if (get_option('blogname') === $title) {
            return ['changed' => false];
        }
        if (!update_option('blogname', $title)) {
            throw new \RuntimeException('WordPress did not keep the title');
        }
        return ['changed' => true];
    }
}
