<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** The one way in which a control call ends: a JSON object that nobody keeps, and nothing around it. */
final class Answer
{
    /** @param array<string, mixed> $body */
    public static function send(int $status, array $body): never
    {
        while (ob_get_level() > 0 && ob_end_clean()) {
            continue;
        }
        if (!headers_sent()) {
            http_response_code($status);
            header('Content-Type: application/json; charset=utf-8');
            header('Cache-Control: no-store');
            header('X-Content-Type-Options: nosniff');
            header('X-Robots-Tag: noindex');
        }
        echo json_encode($body === [] ? new \stdClass() : $body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
        exit;
    }

    /** Refuse a call without a word about what is wrong with it. */
    public static function refuse(): never
    {
        if (!headers_sent()) {
            header('WWW-Authenticate: BBWS-HMAC');
        }
        self::send(401, ['code' => 'unauthorized']);
    }

    /** Say that something broke; what it was stands in the log only. */
    public static function fail(\Throwable $fault): never
    {
        error_log("bbws-agent: $fault");
        self::send(500, ['code' => 'internal']);
    }
}
