;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix-p2p trace)
  #:use-module (guix-p2p outcome)
  #:use-module (guix-p2p settings)
  #:use-module ((srfi srfi-1) #:select (any third fourth fifth sixth))
  #:use-module (srfi srfi-9)
  #:use-module ((web uri) #:select (string->uri))
  #:export (make-trace
            relay-trace
            end-trace))

;;; Commentary:
;;;
;;; What the node wants on standard error reaches a terminal and, where it
;;; looks like a build trace, the status tracking of 'guix build', which a line
;;; out of place breaks: see (guix status).  So it passes this guard, which is
;;; the same as the JVM restorer's, rule by rule.
;;;
;;; Where the client reads traces, empty lines pass, and "@" lines about the one
;;; download, in order.  Where it does not, the lines of a progress bar pass:
;;; printable text, but no line that begins with "@", or as messages do that are
;;; not the node's.  The line of the terminal is erased after each carriage
;;; return, so that nothing can be put together from two lines.
;;;
;;; Code:

(define %max-line-length 10000)         ;of an "@" line
(define %max-indent 256)

;; Characters that pass at once, and for each second more.
(define %most-at-once 65536)
(define %most-per-second 16384)

(define %ours '("guix-p2p:" "substitute:"))

(define %erase-line "\x1b[K")

(define-record-type <trace>
  (%make-trace item extended? where held erasing begun? mid-line?
               allowance as-of open)
  trace?
  ;; What the lines are about: the destination, a string.
  (item      trace-item)
  (extended? trace-extended?)
  ;; In which part of a line: 'start, 'prefix, 'text, 'held or 'dropped.
  (where     trace-where     set-trace-where!)
  ;; The beginning of the line that has not been judged yet, in reverse.
  (held      trace-held      set-trace-held!)
  ;; How much of %ERASE-LINE has come after a carriage return, or #f.
  (erasing   trace-erasing   set-trace-erasing!)
  ;; Whether something of this line has been printed; of the last one shown.
  (begun?    trace-begun?    set-trace-begun?!)
  (mid-line? trace-mid-line? set-trace-mid-line!)
  ;; How many characters might be printed AS-OF that time.
  (allowance trace-allowance set-trace-allowance!)
  (as-of     trace-as-of     set-trace-as-of!)
  ;; The download that has started and not ended, (URI . BYTES), or #f.
  (open      trace-open      set-trace-open!))

(define (now)
  (/ (get-internal-real-time) internal-time-units-per-second))

(define (make-trace item)
  "Return a guard for what is printed while ITEM, a file name, is restored."
  (%make-trace item (extended-trace?) 'start '() #f #f #f
               %most-at-once (now) #f))

(define (affords? trace count)
  "Return true if COUNT characters may be printed for TRACE now, and count them
if so."
  (let* ((time      (now))
         (allowance (min %most-at-once
                         (+ (trace-allowance trace)
                            (* %most-per-second
                               (- time (trace-as-of trace)))))))
    (set-trace-as-of! trace time)
    (let ((affordable? (and (<= count allowance) (>= allowance 1))))
      (set-trace-allowance! trace
                            (if affordable? (- allowance count) allowance))
      affordable?)))

(define (drop! trace)
  "Have nothing more printed of this line."
  (set-trace-held! trace '())
  (set-trace-where! trace 'dropped))

(define (print! trace text out)
  (if (affords? trace (string-length text))
      (begin
        (set-trace-begun?! trace #t)
        (set-trace-mid-line! trace #t)
        (display text out))
      (drop! trace)))

(define (held-text trace)
  (list->string (reverse (trace-held trace))))

(define (print-held! trace out)
  (let ((text (held-text trace)))
    (set-trace-where! trace 'text)
    (set-trace-held! trace '())
    (print! trace text out)))

(define (space? chr)
  (eq? 'Zs (char-general-category chr)))

(define (judge! trace out)
  "Print the beginning of a line as soon as it cannot become one of ours,
whatever its case and indent."
  (let* ((text  (held-text trace))
         (start (string-downcase
                 (string-drop text (or (string-skip text space?)
                                       (string-length text))))))
    (cond ((or (> (string-length text) %max-indent)
               (member start %ours))
           (drop! trace))
          ((not (any (lambda (ours)
                       (string-prefix? start ours))
                     %ours))
           (print-held! trace out)))))

(define (printable? chr)
  "Return true unless CHR controls a terminal, reorders what is around it or
stands for bytes that are no text."
  (not (or (char=? chr #\xfffd)
           (memq (char-general-category chr) '(Cc Cf Cs Co Cn Zl Zp)))))

(define (take-text! trace chr out)
  (case (trace-where trace)
    ((start)
     (if (and (eq? (trace-extended? trace) (char=? chr #\@))
              (affords? trace 0))
         (begin
           (set-trace-where! trace (if (trace-extended? trace) 'held 'prefix))
           (take-text! trace chr out))
         (drop! trace)))
    ((prefix)
     (set-trace-held! trace (cons chr (trace-held trace)))
     (judge! trace out))
    ((text)
     (print! trace (string chr) out))
    ((held)
     (set-trace-held! trace (cons chr (trace-held trace))))))

(define (end-line! trace chr out)
  "End the line of TRACE by CHR, a newline or a carriage return."
  (define newline? (char=? chr #\newline))

  (when (eq? 'prefix (trace-where trace))
    (print-held! trace out))
  (case (trace-where trace)
    ((held)
     (when (and newline?
                (<= (length (trace-held trace)) %max-line-length))
       (show-trace! trace (held-text trace) out)))
    ((start text)
     (when (and (or newline? (not (trace-extended? trace)))
                (or (trace-begun? trace) (affords? trace 1)))
       (when (trace-begun? trace)       ;so it must be ended
         (set-trace-allowance! trace (- (trace-allowance trace) 1)))
       (display (if newline? "\n" (string-append "\r" %erase-line)) out)
       (set-trace-mid-line! trace (not newline?))
       (set-trace-erasing! trace (if newline? #f 0))))
    ((dropped)
     ;; The end of a dropped line goes with it; but what was printed of it must
     ;; not become the beginning of another.
     (when (trace-begun? trace)
       (set-trace-allowance! trace (- (trace-allowance trace) 1))
       (newline out)
       (set-trace-mid-line! trace #f))))
  (set-trace-begun?! trace #f)
  (set-trace-held! trace '())
  (set-trace-where! trace 'start))

(define (take! trace chr out)
  "Print to OUT what may be printed once CHR has come for TRACE."
  (let ((erasing (trace-erasing trace)))
    (cond ((and erasing (char=? chr (string-ref %erase-line erasing)))
           ;; The carriage return has done that already.
           (set-trace-erasing! trace
                               (and (< (+ 1 erasing)
                                       (string-length %erase-line))
                                    (+ 1 erasing))))
          (else
           (set-trace-erasing! trace #f)
           (when (eqv? 2 erasing)
             (take! trace #\[ out))
           (cond ((memv chr '(#\newline #\return))
                  (end-line! trace chr out))
                 ((printable? chr)
                  (take-text! trace chr out))
                 ((trace-extended? trace)
                  (drop! trace)))))))

(define (valid-uri? text)
  (and (string-every (lambda (chr) (char<? #\space chr #\delete)) text)
       (string->uri text)))

(define (size text)
  "Return the number of bytes that TEXT denotes in decimal, or #f."
  (and (<= 1 (string-length text) 18)
       (string-every (lambda (chr) (char<=? #\0 chr #\9)) text)
       (string->number text)))

(define (download-after trace line)
  "Return the download that is open after LINE, an \"@\" line, has been printed
for TRACE, or 'refused if it must not be."
  (let* ((words (string-split line #\space))
         (count (length words))
         (open  (trace-open trace)))
    (define (verb? name arguments)
      (and (= count (+ 2 arguments))
           (string=? name (cadr words))))

    (define (size-of-all? text)
      (or (string=? "-" text) (size text)))

    (cond ((not (and (>= count 5)
                     (string=? "@" (car words))
                     (string=? (third words) (trace-item trace))
                     (valid-uri? (fourth words))))
           'refused)
          ((and (not open)
                (verb? "download-started" 3)
                (size-of-all? (fifth words)))
           (cons (fourth words) 0))
          ((and open
                (verb? "download-progress" 4)
                (size-of-all? (fifth words))
                (size (sixth words))
                ;; A bar of more than 100% is an error in the client.
                (<= (size (sixth words))
                    (or (size (fifth words)) +inf.0)))
           (cons (fourth words) (size (sixth words))))
          ((and open
                (verb? "download-succeeded" 3)
                (size (fifth words)))
           #f)
          (else 'refused))))

(define (show-trace! trace line out)
  "Print LINE, one that begins with \"@\", unless it may not be."
  (let ((download (download-after trace line)))
    (unless (or (eq? 'refused download)
                ;; What is open is ended come what may.
                (not (or (not download)
                         (affords? trace (+ 1 (string-length line))))))
      ;; Its end names where its beginning said it came from.
      (set-trace-open! trace
                       (and download
                            (cons (car (or (trace-open trace) download))
                                  (cdr download))))
      (display line out)
      (newline out))))

(define (relay-trace trace bytes)
  "Print what may be printed of BYTES, which the node sent for TRACE."
  (display (call-with-output-string
             (lambda (out)
               (string-for-each (lambda (chr)
                                  (take! trace chr out))
                                (bytes->text bytes))))
           (current-error-port))
  (force-output (current-error-port)))

(define (end-trace trace)
  "Leave standard error at the beginning of a line, and no download open: the
client stops showing progress when it knows of two for one item."
  (when (trace-mid-line? trace)
    (newline (current-error-port))
    (set-trace-mid-line! trace #f))
  (let ((open (trace-open trace)))
    (when open
      ;; As Guix does it, with a line to end that of the client's bar.
      (simple-format (current-error-port) "@ download-succeeded ~a ~a ~a~%~%"
                     (trace-item trace) (car open) (cdr open))
      (set-trace-open! trace #f)))
  (set-trace-held! trace '())
  (set-trace-erasing! trace #f)
  (set-trace-begun?! trace #f)
  (set-trace-where! trace 'start)
  (force-output (current-error-port)))

;;; trace.scm ends here
