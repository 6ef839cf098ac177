;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix services guix-p2p)
  #:use-module (gnu packages admin)
  #:use-module (gnu packages java)
  #:use-module (gnu services)
  #:use-module (gnu services base)
  #:use-module (gnu services shepherd)
  #:use-module (gnu system shadow)
  #:use-module (guix gexp)
  #:use-module (guix records)
  #:use-module (ice-9 match)
  #:use-module ((srfi srfi-1) #:select (find))
  #:export (guix-p2p-configuration
            guix-p2p-configuration?
            guix-p2p-configuration-jars
            guix-p2p-configuration-extensions
            guix-p2p-configuration-jdk
            guix-p2p-configuration-share
            guix-p2p-configuration-substitute-policy
            guix-p2p-configuration-fallback
            guix-p2p-configuration-socket-group
            guix-p2p-configuration-settings
            guix-p2p-service-type
            guix-p2p-services))

;;; Commentary:
;;;
;;; The node as a service of Guix System.  'guix-p2p-services' does all that is
;;; needed: it adds the node, and lets 'guix-daemon' ask it.
;;;
;;; The daemon finds the extension, and the extension its settings, through
;;; /etc/guix-p2p: these names stay the same when their contents change, so
;;; that the daemon need not be restarted then.  Guix uses an extension only
;;; from a directory that is called guix/extensions.
;;;
;;; Code:

(define-record-type* <guix-p2p-configuration>
  guix-p2p-configuration make-guix-p2p-configuration
  guix-p2p-configuration?
  (jars              guix-p2p-configuration-jars) ;file-like, a directory
  (extensions        guix-p2p-configuration-extensions) ;file-like, a directory
  (jdk               guix-p2p-configuration-jdk ;file-like
                     (default openjdk25))
  (share             guix-p2p-configuration-share ;'off | 'lan | 'world
                     (default 'lan))
  (substitute-policy guix-p2p-configuration-substitute-policy
                     (default 'p2p-first)) ;'p2p-only | 'p2p-first | 'http-first
  (fallback          guix-p2p-configuration-fallback ;'builtin | 'none | #f
                     (default #f))
  (socket-group      guix-p2p-configuration-socket-group ;string | #f
                     (default #f))
  (settings          guix-p2p-configuration-settings ;list of strings, lines
                     (default '())))

(define %user "guix-p2p")
(define %state-directory "/var/lib/guix-p2p")
(define %cache-directory "/var/cache/guix-p2p")
(define %extensions-path "GUIX_EXTENSIONS_PATH=/etc/guix-p2p/guix/extensions")

(define (fallback config)
  "Return what the daemon's helper does without a node: under 'p2p-only nobody
wants a server to be asked behind their back."
  (or (guix-p2p-configuration-fallback config)
      (if (eq? 'p2p-only (guix-p2p-configuration-substitute-policy config))
          'none
          'builtin)))

(define (node-settings config)
  "Return the lines of the node's own settings."
  (match-record config <guix-p2p-configuration>
    (share substitute-policy socket-group settings)
    `(,(simple-format #f "share = ~a" share)
      ,(simple-format #f "substitute_policy = ~a" substitute-policy)
      ,(simple-format #f "fallback = ~a" (fallback config))
      ,@(if socket-group
            (list (simple-format #f "socket_group = ~a" socket-group))
            '())
      ,@settings)))

(define (bridge-settings config)
  "Return the lines of the settings that the daemon's helper reads."
  (list (string-append "socket = " %cache-directory "/guix-p2p.sock")
        (simple-format #f "fallback = ~a" (fallback config))
        (string-append "user = " %user)
        "acl = /etc/guix/acl"))

(define (lines-file name lines)
  (plain-file name (string-append (string-join lines "\n") "\n")))

(define (guix-p2p-etc config)
  `(("guix-p2p"
     ,(file-union "guix-p2p"
                  `(("guix-p2p.conf"
                     ,(lines-file "guix-p2p.conf" (node-settings config)))
                    ("bridge.conf"
                     ,(lines-file "bridge.conf" (bridge-settings config)))
                    ("guix/extensions"
                     ,(guix-p2p-configuration-extensions config)))))))

(define (guix-p2p-accounts config)
  (list (user-group (name %user) (system? #t))
        (user-account
         (name %user)
         (group %user)
         ;; Only a member of a group can give a socket to it.
         (supplementary-groups
          (match (guix-p2p-configuration-socket-group config)
            (#f '())
            (group (list group))))
         (system? #t)
         (comment "guix-p2p node")
         (home-directory %state-directory)
         (create-home-directory? #f)
         (shell (file-append shadow "/sbin/nologin")))))

(define (guix-p2p-activation config)
  #~(begin
      (use-modules (guix build utils))
      (let ((user  (getpwnam #$%user))
            (group (getgrnam #$(or (guix-p2p-configuration-socket-group config)
                                   %user))))
        (mkdir-p #$%state-directory)
        (chown #$%state-directory (passwd:uid user) (passwd:gid user))
        (chmod #$%state-directory #o700)
        ;; The socket lies here: whoever may connect to it must get there.
        (mkdir-p #$%cache-directory)
        (chown #$%cache-directory (passwd:uid user) (group:gid group))
        (chmod #$%cache-directory #o750))))

(define (guix-p2p-shepherd-services config)
  (match-record config <guix-p2p-configuration> (jars jdk)
    (list
     (shepherd-service
      (documentation "Run the guix-p2p node.")
      (provision '(guix-p2p))
      (requirement '(user-processes))
      (modules `((ice-9 ftw) (ice-9 match) (srfi srfi-1)
                 ,@%default-modules))
      (start
       #~(make-forkexec-constructor
          (append
           (list #$(file-append jdk "/bin/java")
                 "-Xmx192m" "-XX:+UseSerialGC"
                 "-XX:MetaspaceSize=96m"
                 "-XX:+ExitOnOutOfMemoryError"
                 "--enable-native-access=ALL-UNNAMED"
                 "--sun-misc-unsafe-memory-access=allow")
           ;; Which compilers work for a node depends on who does its
           ;; arithmetic; no JVM starts when it is told of a file that is not
           ;; there.
           (let ((native (string-append
                          "linux-"
                          (match (utsname:machine (uname))
                            ("aarch64" "aarch_64")
                            (machine machine))
                          ".jar")))
             (cond
              ((find (lambda (jar)
                       (and (string-prefix? "AmazonCorrettoCryptoProvider-"
                                            jar)
                            (string-suffix? native jar)))
                     (or (scandir #$jars) '()))
               (list "-XX:TieredStopAtLevel=1"
                     "-XX:ReservedCodeCacheSize=240m"))
              ((file-exists? (string-append #$jars "/compiler.json"))
               (list "-XX:+UnlockDiagnosticVMOptions"
                     "-XX:+DisplayVMOutputToStderr"
                     (string-append "-XX:CompilerDirectivesFile="
                                    #$jars "/compiler.json")))
              (else '())))
           (list "-cp" (string-append #$jars "/*")
                 "org.guixp2p.node.cli.Main" "node"))
          #:user #$%user
          #:group #$%user
          #:supplementary-groups
          '#$(match (guix-p2p-configuration-socket-group config)
               (#f '())
               (group (list group)))
          #:directory #$%state-directory
          ;; Without a UTF-8 locale the JDK cannot name every file.
          #:environment-variables
          (list (string-append "HOME=" #$%state-directory) "LC_ALL=C.UTF-8"
                "MALLOC_ARENA_MAX=2")
          #:log-file "/var/log/guix-p2p.log"))
      (stop #~(make-kill-destructor))))))

(define guix-p2p-service-type
  (service-type
   (name 'guix-p2p)
   (extensions
    (list (service-extension shepherd-root-service-type
                             guix-p2p-shepherd-services)
          (service-extension account-service-type guix-p2p-accounts)
          (service-extension activation-service-type guix-p2p-activation)
          (service-extension etc-service-type guix-p2p-etc)))
   (description "Run a guix-p2p node, which gets substitutes from peers and
gives them to others.")))

(define (ask-node configuration)
  "Return the <guix-configuration> CONFIGURATION with the extension added."
  (guix-configuration
   (inherit configuration)
   (environment
    (cons %extensions-path (guix-configuration-environment configuration)))))

(define (guix-p2p-services config services)
  "Return SERVICES with a guix-p2p node as CONFIG says, and with the daemon
among SERVICES asking it."
  (define daemon
    (find (lambda (service)
            (eq? guix-service-type (service-kind service)))
          services))

  (define privileged?
    (or (not daemon)
        ;; Guix does not export this one.
        ((@@ (gnu services base) guix-configuration-privileged?)
         (service-value daemon))))

  (cons (service guix-p2p-service-type
                 (guix-p2p-configuration
                  (inherit config)
                  (socket-group
                   (or (guix-p2p-configuration-socket-group config)
                       (and (not privileged?) "guix-daemon")))))
        (modify-services services
          (guix-service-type configuration => (ask-node configuration)))))

;;; guix-p2p.scm ends here
