;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix-p2p settings)
  #:use-module (guix-p2p outcome)
  #:use-module ((gcrypt pk-crypto)
                #:select (string->canonical-sexp canonical-sexp->sexp))
  #:use-module ((guix pki) #:select (current-acl))
  #:use-module (ice-9 binary-ports)
  #:use-module (ice-9 rdelim)
  #:use-module (rnrs bytevectors)
  #:use-module ((srfi srfi-1)
                #:select (any filter-map first second third fourth))
  #:export (daemon-option
            extended-trace?
            deduplicate?
            check-settings
            node-socket-file
            silence
            patience
            trusted-users
            fall-back?
            authorized-keys))

;;; Commentary:
;;;
;;; What the daemon's client, through the daemon, and the administrator of
;;; this machine want.
;;;
;;; Code:


;;;
;;; Of the daemon's client.
;;;

(define (daemon-option name)
  "Return the value of option NAME that the daemon passes on, or #f."
  (let ((prefix (string-append name "=")))
    (any (lambda (line)
           (and (string-prefix? prefix line)
                (string-drop line (string-length prefix))))
         (string-split (or (getenv "_NIX_OPTIONS") "") #\newline))))

(define (extended-trace?)
  "Return true if the client wants '@ download-' lines."
  (let ((value (or (daemon-option "untrusted-print-extended-build-trace")
                   (daemon-option "print-extended-build-trace"))))
    (and=> (and value (string->number value)) positive?)))

(define (deduplicate?)
  (equal? "yes" (daemon-option "deduplicate")))


;;;
;;; Of the administrator.
;;;

(define (absolute-file? value)
  (string-prefix? "/" value))

(define (seconds-up-to most)
  (lambda (value)
    (let ((number (byte-count value)))
      (and number (<= 1 number most)))))

(define %settings
  ;; Name, environment variable, default, and what the value has to be, first
  ;; for this file and then for people.
  `(("socket" "GUIX_P2P_SOCKET" "/var/cache/guix-p2p/guix-p2p.sock"
     ,absolute-file? "an absolute file name")
    ("fallback" "GUIX_P2P_FALLBACK" "builtin"
     ,(lambda (value) (member value '("builtin" "none")))
     "'builtin' or 'none'")
    ("user" "GUIX_P2P_USER" "guix-p2p"
     ,(lambda (value) (string-every char-set:graphic value))
     "the name of a user")
    ("acl" "GUIX_P2P_ACL" #f
     ,absolute-file? "an absolute file name")
    ("silence" "GUIX_P2P_SILENCE" "30"
     ,(seconds-up-to 3600) "a number of seconds from 1 to 3600")
    ("patience" "GUIX_P2P_PATIENCE" "300"
     ,(seconds-up-to 86400) "a number of seconds from 1 to 86400")
    ;; Which command that is, GUIX has decided when it runs this.
    ("builtin" "GUIX_P2P_BUILTIN" #f
     ,(const #t) "a command")))

(define (check-value where name value)
  "Leave unless VALUE, found WHERE, is one that setting NAME can have."
  (let ((setting (assoc-ref %settings name)))
    (unless setting
      (leave "~a: '~a' is no setting" where (excerpt name)))
    (when (or (string-null? value)
              (not ((third setting) value)))
      (leave "~a: ~a = ~a: expected ~a" where name (excerpt value)
             (fourth setting)))))

(define (trustworthy-file? file)
  "Return true if only root and the user who runs this can have written FILE."
  (let ((st (stat file)))
    (and (memv (stat:uid st) (list 0 (geteuid)))
         (not (logtest #o022 (stat:perms st))))))

(define (line->setting where line)
  "Return the name and the value in LINE, found WHERE, as a pair, or #f if it
is blank."
  (let* ((text  (string-trim-both (car (string-split line #\#))))
         (equal (string-index text #\=)))
    (cond ((string-null? text) #f)
          ((not equal)
           (leave "~a: expected NAME = VALUE" where))
          (else
           (let ((name  (string-trim-right (string-take text equal)))
                 (value (string-trim (string-drop text (+ 1 equal)))))
             (check-value where name value)
             (cons name value))))))

(define (read-settings file)
  "Return the settings in FILE as an alist."
  (define (numbered lines)
    (map cons lines (iota (length lines) 1)))

  (define (text)
    (let ((bytes (call-with-input-file file
                   (lambda (port)
                     (get-bytevector-n port (+ 1 %max-file-size)))
                   #:binary #t)))
      (cond ((eof-object? bytes) "")
            ((> (bytevector-length bytes) %max-file-size)
             (leave "~a: longer than ~a bytes" file %max-file-size))
            (else
             (catch 'decoding-error
               (lambda ()
                 (utf8->string bytes))
               (lambda _
                 (leave "~a: cannot be read: it is not UTF-8" file)))))))

  (catch 'system-error
    (lambda ()
      (cond ((not (file-exists? file)) '())
            ((trustworthy-file? file)
             (filter-map (lambda (line+number)
                           (line->setting
                            (simple-format #f "~a:~a" file (cdr line+number))
                            (car line+number)))
                         (numbered (string-split (text) #\newline))))
            (else
             (report "~a is ignored: not only root can write it" file)
             '())))
    (lambda arguments
      (leave "~a: cannot be read: ~a" file
             (strerror (system-error-errno arguments))))))

(define %max-file-size 65536)

(define %file-settings
  (delay (read-settings (or (getenv "GUIX_P2P_BRIDGE_CONF")
                            "/etc/guix-p2p/bridge.conf"))))

(define (check-settings)
  "Leave if a setting is wrong."
  (for-each (lambda (setting)
              (let ((value (getenv (second setting))))
                (when value
                  (check-value (second setting) (first setting) value))))
            %settings)
  (force %file-settings))

(define (setting name)
  (let ((setting (assoc-ref %settings name)))
    (or (getenv (first setting))
        (assoc-ref (force %file-settings) name)
        (second setting))))

(define (node-socket-file)
  (setting "socket"))

(define (silence)
  "Return for how many seconds a living node may say nothing."
  (string->number (setting "silence")))

(define (patience)
  "Return for how many seconds it may not get on with an answer."
  (string->number (setting "patience")))

(define (fall-back?)
  "Return true if Guix's own substituter may be asked."
  (string=? "builtin" (setting "fallback")))

(define (trusted-users)
  "Return the IDs of the users whose socket may be connected to."
  (let* ((name  (setting "user"))
         (entry (false-if-exception (getpwnam name))))
    (cond (entry (list 0 (passwd:uid entry)))
          ;; A user may also be named by his number.
          ((byte-count name) => (lambda (number) (list 0 number)))
          (else '(0)))))

(define authorized-keys
  (let ((acl (delay
               (let ((file (setting "acl")))
                 (if file
                     (canonical-sexp->sexp
                      (string->canonical-sexp
                       (call-with-input-file file read-string)))
                     (current-acl))))))
    (lambda ()
      "Return the access-control list: Guix's own, unless a setting names
another file."
      (force acl))))

;;; settings.scm ends here
