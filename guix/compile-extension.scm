;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Compile the modules of the extension, so that it starts faster:
;;;
;;;   guix repl -- compile-extension.scm …/guix/extensions
;;;
;;; Each compiled file lies beside its source.  It has to be compiled by the
;;; Guile of the 'guix' that will use it; files of another one are passed over.

(use-modules (ice-9 ftw)
             (ice-9 match)
             (system base compile))

(define %warnings
  '(unused-variable shadowed-toplevel unbound-variable
    macro-use-before-definition use-before-definition
    non-idempotent-definition arity-mismatch
    duplicate-case-datum bad-case-datum format))

(define (compile-modules directory)
  "Compile the modules of the extension in DIRECTORY."
  (set! %load-path (cons directory %load-path))
  ;; Compiling a module leaves one without values under its name, which is of
  ;; no use to those that import it; one that is there already stays.
  (resolve-interface '(guix-p2p substituter))
  (for-each (lambda (file)
              (let ((base (string-append directory "/guix-p2p/"
                                         (basename file ".scm"))))
                (compile-file (string-append base ".scm")
                              #:output-file (string-append base ".go")
                              #:opts `(#:warnings ,%warnings))))
            (scandir (string-append directory "/guix-p2p")
                     (lambda (file)
                       (string-suffix? ".scm" file)))))

(match (command-line)
  ((_ directory)
   (compile-modules (canonicalize-path directory)))
  ((program . _)
   (format (current-error-port)
           "usage: guix repl -- ~a …/guix/extensions~%" (basename program))
   (exit 1)))

;;; compile-extension.scm ends here
