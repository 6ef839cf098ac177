;;; SPDX-License-Identifier: GPL-3.0-or-later

;; guix.scm DIRECTORY ARGUMENT...: what 'guix ARGUMENT...' does, but with the
;; substituter of builtin.scm in DIRECTORY in place of Guix's own.  Where Guix's
;; modules are in the load path, it is Guix that does it; else this does the
;; same by itself.

(define (load-extension name)
  "Load extension NAME as 'guix' does, and return what implements it."
  (let ((file (search-path (parse-path (getenv "GUIX_EXTENSIONS_PATH"))
                           (string-append name ".scm"))))
    (load file)
    (module-ref (resolve-interface `(guix extensions ,(string->symbol name)))
                (string->symbol (string-append "guix-" name)))))

(define (stand-in-main arg0 command . arguments)
  (setlocale LC_ALL "")
  (sigaction SIGPIPE SIG_IGN)
  (setvbuf (current-output-port) 'line)
  (setvbuf (current-error-port) 'line)
  (set! %load-extensions '(".scm"))
  (with-fluids ((%file-port-name-canonicalization #f))
    (apply (load-extension command) arguments)))

(let* ((directory (cadr (command-line)))
       (arguments (cons "guix" (cddr (command-line))))
       (guix-main (if (%search-load-path "guix/ui.scm")
                      (module-ref (resolve-interface '(guix ui)) 'guix-main)
                      stand-in-main)))
  ;; A module that is there already is not looked for.
  (primitive-load (string-append directory "/builtin.scm"))
  (set-current-module (resolve-module '(guile-user)))
  (apply guix-main arguments))
