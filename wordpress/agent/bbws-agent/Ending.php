<?php

declare(strict_types=1);

namespace BBWS\Agent;

/**
 * What is owed when a call ends, however it ends.
 *
 * A customer's plugin that an action runs may end PHP in the middle of it, with exit or a fatal error. No finally block runs
 * then, so that locks, maintenance mode and the like are owed here.
 */
final class Ending
{
    /** @var array<int, \Closure> */
    private static array $duties = [];
    private static int $last = 0;

    /** Have something done before the answer leaves; the number under which it can be forgotten. */
    public static function owes(\Closure $duty): int
    {
        self::$duties[++self::$last] = $duty;
        return self::$last;
    }

    /** A duty is not owed any more. */
    public static function forget(int $number): void
    {
        unset(self::$duties[$number]);
    }

    /**
     * Do what is owed since a duty's number, the latest first and each once. A duty may send the answer itself; the others are
     * done before it leaves.
     */
    public static function settle(int $since = 0): void
    {
        while (self::$duties !== [] && array_key_last(self::$duties) >= $since) {
            try {
                (array_pop(self::$duties))();
            } catch (\Throwable $fault) {
                error_log("bbws-agent: $fault");
            }
        }
    }
}
