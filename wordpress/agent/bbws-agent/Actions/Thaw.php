<?php

declare(strict_types=1);

namespace BBWS\Agent\Actions;

use BBWS\Agent\Action;
use BBWS\Agent\Input;

/** Lets visitors change things again: takes the marker away that the web server looks for. */
final class Thaw implements Action
{
    public function perform(Input $input): array
    {
        $marker = dirname(ABSPATH) . '/frozen';
        if (!file_exists($marker)) {
            return ['changed' => false];
        }
        if (!unlink($marker) && file_exists($marker)) {
            throw new \RuntimeException('The site cannot be thawed');
        }
        return ['changed' => true];
    }
}
