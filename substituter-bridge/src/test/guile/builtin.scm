;;; SPDX-License-Identifier: GPL-3.0-or-later

;; Stands for Guix's own substituter: reads its commands and writes its replies
;; where that one does, but says in its log that it was asked, and answers what
;; BuiltinStandIn.java says.
(define-module (guix scripts substitute)
  #:use-module (ice-9 rdelim)
  #:use-module (srfi srfi-1)
  #:export (%reply-file-descriptor
            guix-substitute))

(define %reply-file-descriptor
  (make-parameter 4))

(define (say message . arguments)
  (apply simple-format (current-error-port) message arguments)
  (newline (current-error-port)))

(define (told? answer)
  (equal? answer (getenv "BUILTIN_ANSWER")))

(define (obey command replies)
  (let* ((words (string-tokenize command))
         (verb  (first words)))
    (say "builtin: ~a" (string-join words))
    (say "in process ~a" (getpid))
    ;; Whatever an earlier call has left behind is to have its effect.
    (gc)
    (when (and (string=? verb "substitute")
               (string-prefix? "half-" (or (getenv "BUILTIN_ANSWER") "")))
      (mkdir (third words))
      (call-with-output-file (string-append (third words) "/file")
        (lambda (port)
          (display "half\n" port)))
      (chmod (third words) #o555))
    (cond ((or (told? "silent")
               (and (told? "half-silent") (string=? verb "substitute")))
           (exit 1))
          ((string=? verb "have")
           (simple-format replies "~a\n\n" (second words)))
          ((string=? verb "info")
           (simple-format replies "~a\n\n0\n7\n8\n\n" (second words)))
          ((told? "half-mismatch")
           (simple-format replies "hash-mismatch sha256 ~a ~a\n"
                          (make-string 52 #\0) (make-string 52 #\0)))
          ((or (told? "not-found") (told? "half-not-found"))
           (display "not-found\n" replies))
          (else
           (call-with-output-file (third words)
             (lambda (port)
               (display "builtin\n" port)))
           (simple-format replies "success sha256:~a 8\n"
                          (make-string 52 #\0))))))

(define (guix-substitute . arguments)
  (when (told? "surroundings")
    (say "surroundings: ~a, SIGPIPE ~a"
         (fluid-ref %default-port-conversion-strategy)
         (car (sigaction SIGPIPE))))
  (unless (member arguments '(("--query") ("--substitute")))
    (say "builtin: what is '~a'?" (string-join arguments))
    (exit 2))
  (let ((replies (if (%reply-file-descriptor)
                     (fdopen (%reply-file-descriptor) "wl")
                     (current-output-port))))
    (let loop ((command (read-line)))
      (unless (eof-object? command)
        (obey command replies)
        (loop (read-line))))))
