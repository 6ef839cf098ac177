;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix-p2p trace)
  #:use-module (guix-p2p outcome)
  #:use-module (guix-p2p settings)
  #:use-module ((srfi srfi-1) #:select (third fourth fifth sixth))
  #:use-module (srfi srfi-9)
  #:use-module ((web uri) #:select (string->uri))
  #:export (make-trace
            relay-trace
            end-trace))

;;; Commentary:
;;;
;;; What the node wants on standard error reaches a terminal and, where it
;;; looks like a build trace, the status tracking of 'guix build', which a line
;;; out of place breaks: see (guix status).  So it passes this guard.
;;;
;;; Code:

(define %max-line-length 4096)          ;of an "@" line

(define-record-type <trace>
  (%make-trace item pending mid-line? open)
  trace?
  ;; What the lines are about: the destination, a string.
  (item      trace-item)
  ;; The beginning of an "@" line that has not ended yet.
  (pending   trace-pending   set-trace-pending!)
  ;; Whether a line has been printed in part.
  (mid-line? trace-mid-line? set-trace-mid-line!)
  ;; The download that has started and not ended, (URI . BYTES), or #f.
  (open      trace-open      set-trace-open!))

(define (make-trace item)
  "Return a guard for what is printed while ITEM, a file name, is restored."
  (%make-trace item "" #f #f))

(define %breaks
  ;; Both end a line for (guix status).
  (char-set #\newline #\return))

(define (split-lines text)
  "Split TEXT after each break."
  (let loop ((start 0) (lines '()))
    (let ((end (string-index text %breaks start)))
      (if end
          (loop (+ 1 end) (cons (substring text start (+ 1 end)) lines))
          (reverse (cons (substring text start) lines))))))

(define (whole? line)
  (and (not (string-null? line))
       (char-set-contains? %breaks
                           (string-ref line (- (string-length line) 1)))))

(define %erase-line "\x1b[K")

(define (show text)
  "Print TEXT, a line or a part of one, without any control character but those
of a progress bar."
  (let* ((erase? (string-prefix? %erase-line text))
         (start  (if erase? (string-length %erase-line) 0))
         (end    (- (string-length text) (if (whole? text) 1 0))))
    (display (string-append (if erase? %erase-line "")
                            (printable (substring text start end))
                            (string-drop text end))
             (current-error-port))))

(define (valid-uri? text)
  (and (string-every (lambda (chr) (char<? #\space chr #\delete)) text)
       (string->uri text)))

(define (download-after trace line)
  "Return the download that is open after LINE, an \"@\" line, has been printed
for TRACE, or 'refused if it must not be."
  (let* ((words (string-split (string-trim-right line #\newline) #\space))
         (count (length words))
         (open  (trace-open trace)))
    (define (verb? name arguments)
      (and (= count (+ 2 arguments))
           (string=? name (cadr words))))

    (define (size-of-all? text)
      (or (string=? "-" text) (byte-count text)))

    (cond ((not (and (extended-trace?)
                     (>= count 5)
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
                (byte-count (sixth words))
                ;; A bar of more than 100% is an error in the client.
                (<= (byte-count (sixth words))
                    (or (byte-count (fifth words)) +inf.0)))
           (cons (fourth words) (byte-count (sixth words))))
          ((and open
                (verb? "download-succeeded" 3)
                (byte-count (fifth words)))
           #f)
          (else 'refused))))

(define (show-line trace line)
  "Print LINE, a whole one, unless it is a trace that may not be."
  (if (string-prefix? "@" line)
      (let ((download (if (string-suffix? "\n" line)
                          (download-after trace line)
                          'refused)))
        (unless (eq? 'refused download)
          (set-trace-open! trace download)
          (display line (current-error-port))))
      (show line)))

(define (relay-piece trace piece)
  "Print PIECE, the rest of a line, or all or the beginning of it."
  (let ((line (string-append (trace-pending trace) piece)))
    (set-trace-pending! trace "")
    (cond ((trace-mid-line? trace)
           (show piece)
           (set-trace-mid-line! trace (not (whole? piece))))
          ((whole? line)
           (show-line trace line))
          ((string-prefix? "@" line)
           (when (> (string-length line) %max-line-length)
             (node-failed "the node sent a trace without an end"))
           (set-trace-pending! trace line))
          ((not (string-null? line))
           (show line)
           (set-trace-mid-line! trace #t)))))

(define (relay-trace trace bytes)
  "Print what may be printed of BYTES, which the node sent for TRACE."
  (for-each (lambda (piece)
              (relay-piece trace piece))
            (split-lines (bytes->text bytes)))
  (force-output (current-error-port)))

(define (end-trace trace)
  "Leave standard error at the beginning of a line, and no download open: the
client stops showing progress when it knows of two for one item."
  (set-trace-pending! trace "")
  (when (trace-mid-line? trace)
    (newline (current-error-port))
    (set-trace-mid-line! trace #f))
  (let ((open (trace-open trace)))
    (when open
      ;; As Guix does it, with a line to end that of the client's bar.
      (simple-format (current-error-port) "@ download-succeeded ~a ~a ~a~%~%"
                     (trace-item trace) (car open) (cdr open))
      (set-trace-open! trace #f)))
  (force-output (current-error-port)))

;;; trace.scm ends here
