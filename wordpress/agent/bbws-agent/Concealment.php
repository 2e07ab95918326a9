<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Keeps the agent out of the lists of plugins that customers see: there is nothing in it for them to do. */
final class Concealment
{
    private const FILE = 'bbws-agent.php';
    private const NAME = 'BBWS platform';

    public static function begin(): void
    {
        add_filter('plugins_list', self::withoutAgent(...), PHP_INT_MAX);
        add_filter('debug_information', self::withoutDebugInformation(...), PHP_INT_MAX);
    }

    private static function withoutAgent(array $lists): array
    {
        unset($lists['mustuse'][self::FILE]);
        return $lists;
    }

    private static function withoutDebugInformation(array $sections): array
    {
        unset($sections['wp-mu-plugins']['fields'][self::NAME]);
        return $sections;
    }
}
