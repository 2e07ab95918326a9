<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** All actions by the name that stands in the URL. A new one is a class in Actions/ and a line here. */
final class Actions
{
    private const BY_NAME = [
        'facts' => Actions\Facts::class,
        'vitals' => Actions\Vitals::class,
        'rename' => Actions\Rename::class,
        'thaw' => Actions\Thaw::class,
        'plugins' => Actions\Plugins::class,
        'update-plugin' => Actions\UpdatePlugin::class,
        'toggle-plugin' => Actions\TogglePlugin::class,
        'confirm-plugin' => Actions\ConfirmPlugin::class,
    ];

    /** The action with this name, or null when there is none. */
    public static function named(string $name): ?Action
    {
        $class = self::BY_NAME[$name] ?? null;
        return $class === null ? null : new $class();
    }
}
