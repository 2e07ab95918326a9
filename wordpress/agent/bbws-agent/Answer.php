<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** The one way in which a control call ends: a JSON object that nobody keeps, and nothing around it. */
final class Answer
{
    private const JSON = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE;
    private static bool $sent = false;

    /** @param array<string, mixed> $body */
    public static function send(int $status, array $body): never
    {
        Ending::settle();
        self::$sent = true;
        while (ob_get_level() > 0 && ob_end_clean()) {
            continue;
        }
        if (!headers_sent()) {
            // A plugin that was run may have asked for a redirect or set cookies.
            header_remove();
            // Not by http_response_code(), which leaves the status line that PHP has after a fatal error.
            header('Content-Type: application/json; charset=utf-8', true, $status);
            header('Cache-Control: no-store');
            header('X-Content-Type-Options: nosniff');
            header('X-Robots-Tag: noindex');
            if ($status === 401) {
                header('WWW-Authenticate: BBWS-HMAC');
            }
        }
        echo json_encode($body === [] ? new \stdClass() : $body, self::JSON);
        exit;
    }

    /** Refuse a call without a word about what is wrong with it. */
    public static function refuse(): never
    {
        self::send(401, ['code' => 'unauthorized']);
    }

    /** Say that something broke; what it was stands in the log only. */
    public static function fail(\Throwable $fault): never
    {
        error_log("bbws-agent: $fault");
        self::send(500, ['code' => 'internal']);
    }

    /** For the end of PHP: answer a call that something else ended. */
    public static function sendIfNobodyDid(): void
    {
        if (!self::$sent) {
            self::send(500, ['code' => 'internal']);
        }
    }
}
