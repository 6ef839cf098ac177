;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix extensions substitute)
  #:export (guix-substitute))

;;; Commentary:
;;;
;;; 'guix-daemon' runs "guix substitute"; a directory that GUIX_EXTENSIONS_PATH
;;; names makes that this file.  It asks the guix-p2p node on this machine, in
;;; the protocol of docs/bridge-protocol.md, and answers the daemon itself.
;;;
;;; The daemon believes what it is told here without checking, and the node
;;; talks to strangers all day.  So nothing that the node says is believed: the
;;; signature of each narinfo is verified against the ACL, and hash and size of
;;; each nar are computed while it is restored.  Where the node cannot help,
;;; Guix's own substituter gets the same request, unless the settings say no.
;;;
;;; GUIX_EXTENSIONS_PATH leads to this file only, and 'guix' evaluates it
;;; without compiling it.  The modules beside it are therefore found through a
;;; load path of their own, and compiled files of theirs that lie there too
;;; are used; without these they are evaluated as well, which takes longer to
;;; start.
;;;
;;; Code:

;; The file name is unknown when it is relative to a directory of %LOAD-PATH;
;; but then that directory needs no adding.
(eval-when (expand load eval)
  (let* ((file      (current-filename))
         (directory (and file (dirname file))))
    (when (and directory (not (member directory %load-path)))
      (set! %load-path (append %load-path (list directory)))
      (set! %load-compiled-path
            (append %load-compiled-path (list directory))))))

(define (load-own)
  "Return the procedure that serves.  When it cannot be loaded, say why and
return #f: a Guix that this does not go with must still be able to get another
one."
  (catch #t
    (lambda ()
      (module-ref (resolve-interface '(guix-p2p substituter)) 'run))
    (lambda (key . arguments)
      (simple-format (current-error-port)
                     "guix-p2p: the extension does not go with this Guix: ~a~%"
                     (cons key arguments))
      #f)))

(define (builtin)
  (module-ref (resolve-interface '(guix scripts substitute))
              'guix-substitute))

(define (guix-substitute . arguments)
  (apply (or (load-own) (builtin)) arguments))

;;; substitute.scm ends here
