<?php

declare(strict_types=1);

namespace BBWS\Agent\Actions;

use BBWS\Agent\Action;
use BBWS\Agent\Input;
use BBWS\Agent\Inventory;
use BBWS\Agent\Updates;

/** How the site is from inside. What cannot be found out is null. */
final class Vitals implements Action
{
    private const CHECK_SECONDS = 2.0;
    private const MAX_AGE = 12 * Updates::HOUR;

    public function perform(Input $input): array
    {
        $updates = new Updates(self::CHECK_SECONDS);
        [$ofPlugins, $ofCore] = [$updates->ofPlugins(self::MAX_AGE), $updates->ofCore(self::MAX_AGE)];
        return [
            ...(new Facts())->perform($input),
            'coreUpdate' => self::coreUpdate($ofCore),
            'updatesChecked' => Updates::isTimely($ofPlugins) && Updates::isTimely($ofCore),
            'plugins' => Inventory::rows($ofPlugins),
            'cronLagSeconds' => self::cronLag(),
            'diskFreePercent' => self::diskFree(),
        ];
    }

    private static function coreUpdate(?object $answer): ?string
    {
        foreach ($answer->updates ?? [] as $offer) {
            if ($offer->response === 'upgrade' && version_compare($offer->version, $GLOBALS['wp_version'], '>')) {
                return $offer->version;
            }
        }
        return null;
    }

    /** For how long the oldest event that is due has been waiting. */
    private static function cronLag(): int
    {
        $moments = array_filter(array_keys(_get_cron_array()), is_int(...));
        return $moments === [] ? 0 : max(0, time() - min($moments));
    }

    private static function diskFree(): ?float
    {
        [$free, $total] = [@disk_free_space(ABSPATH), @disk_total_space(ABSPATH)];
        return $free === false || !$total ? null : round(100 * $free / $total, 1);
    }
}
