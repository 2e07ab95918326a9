<?php
/**
 * Plugin Name: BBWS platform
 * Description: Lets the hosting platform look after this site. It belongs to the platform and cannot be switched off.
 *
 * A must-use plugin: WordPress loads it before every ordinary plugin and before the theme. On ordinary requests it only keeps
 * itself out of sight and takes out plugins whose probation is over; on the platform's control calls it answers without them,
 * so that a broken one cannot stop the platform.
 */

declare(strict_types=1);

namespace BBWS\Agent;

if (!defined('ABSPATH')) {
    exit;
}

spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/bbws-agent/' . str_replace('\\', '/', substr($class, strlen(__NAMESPACE__) + 1)) . '.php';
    if (str_starts_with($class, __NAMESPACE__ . '\\') && is_file($file)) {
        require $file;
    }
});

Concealment::begin();
Mirror::begin();
if (Request::isForAgent($_SERVER['REQUEST_URI'] ?? '')) {
    Agent::serve();
} else {
    Probation::enforce();
}
