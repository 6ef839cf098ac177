;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix-p2p outcome)
  #:use-module (ice-9 binary-ports)
  #:use-module (ice-9 rdelim)
  #:export (node-failed
            no-source
            local-failure
            exception->reason
            excerpt
            printable
            bytes->text
            byte-count
            report
            leave))

;;; Commentary:
;;;
;;; A conversation with the node that does not end well throws one of these:
;;;
;;;   node-failed REASON    what it said or did is of no use
;;;   no-source REASON      its last word: there is nowhere to get this item
;;;   local-failure REASON  this machine cannot take what it brings
;;;
;;; Here too is what all modules need to read and write text.
;;;
;;; Code:

(define (node-failed message . arguments)
  (throw 'node-failed (apply simple-format #f message arguments)))

(define (no-source reason)
  (throw 'no-source reason))

(define (local-failure message . arguments)
  (throw 'local-failure (apply simple-format #f message arguments)))

(define (printable text)
  "Return TEXT on one line, without characters that control a terminal or
reorder what is around them."
  (string-map (lambda (chr)
                (if (memq (char-general-category chr) '(Cc Cf Cs Zl Zp))
                    #\space
                    chr))
              text))

(define (excerpt text)
  "Return what a person needs to see of TEXT, which the node or a peer wrote."
  (printable (if (> (string-length text) 300) (string-take text 300) text)))

(define (bytes->text bytes)
  "Decode BYTES, which should be UTF-8 but may be anything."
  (let ((port (open-bytevector-input-port bytes)))
    (set-port-encoding! port "UTF-8")
    (set-port-conversion-strategy! port 'substitute)
    (read-string port)))

(define (byte-count text)
  "Return the number of bytes that TEXT denotes in decimal, or #f."
  (and (<= 1 (string-length text) 15)
       (string-every char-set:digit text)
       (string->number text)))

(define (exception->reason key arguments)
  "Return one line that says what exception KEY with ARGUMENTS means."
  (if (memq key '(node-failed no-source local-failure))
      (car arguments)
      (excerpt (call-with-output-string
                 (lambda (port)
                   (print-exception port #f key arguments))))))

(define (report message . arguments)
  "Print MESSAGE for people, on one line."
  (simple-format (current-error-port) "guix-p2p: ~a~%"
                 (apply simple-format #f message arguments))
  (force-output (current-error-port)))

(define (leave message . arguments)
  "Print MESSAGE and exit with an error."
  (apply report message arguments)
  (exit 1))

;;; outcome.scm ends here
