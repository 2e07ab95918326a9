<?php
/**
 * Goes along with "wp core install": gives the new site the settings that the installer has no option for, and marks it as
 * complete. A site without the mark was killed half made.
 */

// The installer asks the site over HTTP whether pretty links work, and waits: nobody answers before the site is complete.
WP_CLI::add_wp_hook('pre_http_request', static fn () => new WP_Error('http_off', 'Not while installing.'));

WP_CLI::add_hook('after_invoke:core install', static function (): void {
    $GLOBALS['wp_rewrite']->set_permalink_structure('/%postname%/');
    $GLOBALS['wp_rewrite']->flush_rules();
    if (WP_ENVIRONMENT_TYPE !== 'production') {
        update_option('blog_public', '0');
    }
    update_option('bbws_installed', '1', false);
});
