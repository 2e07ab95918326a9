<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Answers the platform's control calls, apart from WordPress' own REST API: no filter, setting or permalink touches them. */
final class Agent
{
    /** Check the call before anything else of the site runs, and perform its action once WordPress has loaded. */
    public static function serve(): void
    {
        ini_set('display_errors', '0');
        // Whatever others print goes with the buffer when the answer is sent, and not before.
        ob_start();
        remove_action('shutdown', 'wp_ob_end_flush_all', 1);
        $request = Request::current();
        try {
            $name = self::gate()->admit($request);
        } catch (\Throwable $fault) {
            Answer::fail($fault);
        }
        if ($name === null) {
            Answer::refuse();
        }
        self::answerInJsonWhenWordPressDies();
        register_shutdown_function(Answer::sendIfNobodyDid(...));
        SafeMode::enter();
        add_action('wp_loaded', static fn () => self::perform($name, $request->body), PHP_INT_MIN);
    }

    private static function gate(): Gate
    {
        $constant = static fn (string $name): mixed => defined($name) ? constant($name) : null;
        $now = time();
        return new Gate(
            siteId: (string) $constant('BBWS_SITE_ID'),
            secrets: [$constant('BBWS_AGENT_SECRET'), $constant('BBWS_AGENT_SECRET_PREVIOUS')],
            nonces: new DatabaseNonces($GLOBALS['wpdb'], $now),
            now: $now,
        );
    }

    private static function perform(string $name, string $body): never
    {
        try {
            Probation::enforce();
            $action = Actions::named($name) ?? Answer::send(404, ['code' => 'unknown_action']);
            Answer::send(200, $action->perform(Input::fromJson($body)));
        } catch (Refusal $refusal) {
            $refusal->send();
        } catch (InvalidInput $fault) {
            Answer::send(400, ['code' => 'invalid_input', 'field' => $fault->field]);
        } catch (\Throwable $fault) {
            Answer::fail($fault);
        }
    }

    /** WordPress ends in HTML or in JSON of its own, with PHP's message in it when it is told to show errors. */
    private static function answerInJsonWhenWordPressDies(): void
    {
        $handler = static fn (): callable => static fn () => Answer::send(500, ['code' => 'internal']);
        foreach (['wp_die_handler', 'wp_die_json_handler'] as $filter) {
            add_filter($filter, $handler, PHP_INT_MAX);
        }
    }
}
