<?php
/**
 * The same for every site. What differs between sites, their secrets above all, is outside the folder that the web server sees.
 */

require dirname(__DIR__) . '/config.php';

define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';

define('WP_DEBUG', false);
define('WP_TEMP_DIR', dirname(__DIR__) . '/tmp');
define('FS_METHOD', 'direct');
define('DISALLOW_FILE_EDIT', true);
// The platform updates WordPress itself: sites may share its files.
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_AUTO_UPDATE_CORE', false);

// A site that is no production site writes to nobody.
if (WP_ENVIRONMENT_TYPE !== 'production') {
    $GLOBALS['wp_filter']['pre_wp_mail'][PHP_INT_MAX][] = ['function' => '__return_false', 'accepted_args' => 0];
}

if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
