;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix-p2p substituter)
  #:use-module (guix-p2p outcome)
  #:use-module (guix-p2p settings)
  #:use-module (guix-p2p node)
  #:use-module (guix-p2p trace)
  #:use-module (guix-p2p narinfo)
  #:use-module (guix-p2p nar)
  #:autoload   (guix base32) (bytevector->nix-base32-string)
  #:use-module (ice-9 rdelim)
  #:use-module (rnrs bytevectors)
  #:use-module ((srfi srfi-1) #:select (every first second third))
  #:use-module (srfi srfi-9)
  #:export (run))

;;; Commentary:
;;;
;;; The daemon's requests, and where the replies to them come from: the node
;;; or Guix's own substituter.  A reply is a string, written at once when it is
;;; complete: the daemon gets one for each request, never a part of one, and a
;;; request can be handed on until then.
;;;
;;; Code:

(define %max-restarts 16)               ;of one item; a node needs fewer


;;;
;;; What paths there are.
;;;

(define (collect node paths type body->replies)
  "Read frames of TYPE from NODE up to 'end', and return them as one reply:
what BODY->REPLIES makes of each, a list of pairs of path and reply, but of
PATHS only, and of each once."
  (define wanted (make-hash-table))

  (define max-frames
    ;; More of them can only be noise.
    (+ 16 (* 2 (length paths))))

  (define (reply-for path+reply)
    (let ((path (car path+reply)))
      (if (hash-ref wanted path)
          (begin
            (hash-remove! wanted path)
            (cdr path+reply))
          "")))

  (define progress (make-progress))

  (for-each (lambda (path)
              (hash-set! wanted path #t))
            paths)
  (let loop ((replies '())
             (allowed max-frames))
    (call-with-values (lambda () (receive-frame node progress))
      (lambda (name body)
        (progress-made! progress)
        (cond ((eq? name 'end)
               (string-concatenate-reverse (cons "\n" replies)))
              ((and (eq? name type) (positive? allowed))
               (loop (cons (string-concatenate
                            (map reply-for (body->replies body)))
                           replies)
                     (- allowed 1)))
              (else
               (unexpected name)))))))

(define (paths->replies body)
  (map (lambda (path)
         (cons path (string-append path "\n")))
       (string-tokenize (bytes->text body))))

(define (narinfo->replies body)
  (catch #t
    (lambda ()
      (let ((item (verify-narinfo body)))
        (list (cons (item-path item) (item->reply item)))))
    (lambda (key . arguments)
      (report "~a" (exception->reason key arguments))
      '())))


;;;
;;; Getting one.
;;;

(define (send-result node good? text)
  "Tell NODE how it ended.  That it hears this is not needed."
  (false-if-exception
   (send-frame node 'result
               (string->utf8 (string-append (if good? "\x01" "\x00") text)))))

(define (receive-body node progress . names)
  "Return the name and the body of the next frame from NODE, which has to be
one of NAMES."
  (call-with-values (lambda () (receive-frame node progress))
    (lambda (name body)
      (cond ((memq name names)
             (values name body))
            ((eq? name 'not-found)
             (no-source (excerpt (bytes->text body))))
            (else
             (unexpected name))))))

(define (receive-item node path progress)
  "Return the item of PATH as the narinfo from NODE describes it."
  (call-with-values (lambda () (receive-body node progress 'narinfo))
    (lambda (_ body)
      (let ((item (verify-narinfo body)))
        (unless (string=? path (item-path item))
          (node-failed "narinfo of ~a came for ~a"
                       (excerpt (item-path item)) path))
        (unless (item-size item)
          (node-failed "narinfo of ~a without NarSize" path))
        item))))

(define (receive-chunk node trace progress)
  "Return the next bytes of a nar from NODE, or #f at its end, and print what
comes for TRACE before."
  (call-with-values
      (lambda ()
        (receive-body node progress 'nar 'nar-end 'restart 'trace))
    (lambda (name body)
      (case name
        ((nar)
         (progress-made! progress (bytevector-length body))
         body)
        ((nar-end) #f)
        ((restart) (throw 'restart))
        ((trace)
         (relay-trace trace body)
         (receive-chunk node trace progress))))))

(define (restore-once node item destination trace progress)
  "Restore ITEM as DESTINATION from the nar that NODE sends; return its size."
  (call-with-values
      (lambda ()
        (restore-nar (lambda ()
                       (receive-chunk node trace progress))
                     (item-size item)
                     destination
                     (if (deduplicate?)
                         ;; For the daemon, items lie right in the store.
                         (dump-file/links (dirname destination))
                         dump-file)))
    (lambda (size digest)
      (unless (bytevector=? (item-digest item) digest)
        (node-failed "nar of ~a has hash sha256:~a instead of ~a"
                     (item-path item) (bytevector->nix-base32-string digest)
                     (item-hash item)))
      (unless (or (= size (item-size item))
                  (not (item-size-signed? item)))
        (node-failed "nar of ~a has ~a bytes instead of ~a"
                     (item-path item) size (item-size item)))
      size)))

(define (restore node item destination trace progress)
  "Like 'restore-once', but begin again as often as NODE asks for it."
  (let attempt ((restarts 0))
    (when (> restarts %max-restarts)
      (node-failed "~a restarts of one nar" restarts))
    (delete-tree destination)
    (or (catch 'restart
          (lambda ()
            (restore-once node item destination trace progress))
          (const #f))
        (attempt (+ 1 restarts)))))

(define (substitute node path destination)
  "Restore PATH as DESTINATION from what NODE sends, and return the reply."
  (let ((trace    (make-trace destination))
        (progress (make-progress)))
    (catch #t
      (lambda ()
        (let* ((item (receive-item node path progress))
               (size (catch 'system-error
                       (lambda ()
                         (restore node item destination trace progress))
                       (lambda arguments
                         (local-failure "~a: ~a" destination
                                        (strerror (system-error-errno
                                                   arguments)))))))
          (end-trace trace)
          ;; First the node: the daemon may kill us once it has its reply.
          (send-result node #t "")
          (simple-format #f "success ~a ~a\n" (item-hash item) size)))
      (lambda (key . arguments)
        (end-trace trace)
        (delete-tree destination)
        (unless (eq? key 'no-source)
          (send-result node #f (exception->reason key arguments)))
        (apply throw key arguments)))))


;;;
;;; Commands.
;;;

(define (well-formed? mode words)
  "Return true if WORDS are a command that the daemon sends in MODE."
  (if (string=? mode "query")
      (and (> (length words) 1)
           (member (car words) '("have" "info"))
           (every store-path? (cdr words)))
      (and (= (length words) 3)
           (string=? "substitute" (first words))
           (store-path? (second words))
           (string-prefix? "/" (third words)))))

(define (converse node command)
  "Return the reply to COMMAND, which has been sent, with the help of NODE."
  (let* ((words (string-tokenize command))
         (verb  (car words)))
    (cond ((string=? verb "have")
           (collect node (cdr words) 'paths paths->replies))
          ((string=? verb "info")
           (collect node (cdr words) 'narinfo narinfo->replies))
          (else
           (apply substitute node (cdr words))))))

(define (builtin name)
  "Return variable NAME of Guix's own substituter, which (guix extensions
substitute) hides as a command but not as a module."
  (module-ref (resolve-interface '(guix scripts substitute)) name))

(define (call-as-guix thunk)
  "Call THUNK as Guix's own substituter is called, and not as we are."
  (define conversion
    (fluid-ref %default-port-conversion-strategy))

  (dynamic-wind
    (lambda ()
      (fluid-set! %default-port-conversion-strategy %guix-conversion)
      (sigaction SIGPIPE (car %guix-pipe-handler) (cdr %guix-pipe-handler)))
    thunk
    (lambda ()
      (fluid-set! %default-port-conversion-strategy conversion)
      (sigaction SIGPIPE SIG_IGN))))

(define (ask-builtin mode command)
  "Return the reply of Guix's own substituter to COMMAND.

All it gets to read is this one line, so it returns after it, and the next
request is the node's again.  It writes to a string: were it to open a port on
the reply descriptor, as it does, once for each request, the first of these to
be garbage-collected would close it."
  (define reply (open-output-string))

  (catch #t
    (lambda ()
      (with-input-from-string (string-append command "\n")
        (lambda ()
          (parameterize (((builtin '%reply-file-descriptor) #f)
                         (current-output-port reply))
            (call-as-guix
             (lambda ()
               ((builtin 'guix-substitute) (string-append "--" mode))))))))
    (lambda (key . arguments)
      ;; For an item that it cannot get, 'not-found' says the same to the
      ;; daemon, and leaves it a process for the next one.
      (unless (string=? mode "substitute")
        (apply throw key arguments))
      (unless (eq? key 'quit)                     ;it has said why
        (report "~a" (exception->reason key arguments)))
      (when (string-null? (get-output-string reply))
        (display "not-found\n" reply))))
  (get-output-string reply))


;;;
;;; Sessions.
;;;

(define-record-type <session>
  (make-session mode node silences complained?)
  session?
  (mode        session-mode)
  ;; The connection, or #f when there is none.
  (node        session-node        set-session-node!)
  ;; How many requests in a row the node has let pass in silence.
  (silences    session-silences    set-session-silences!)
  ;; Whether it has been said that there is no node.
  (complained? session-complained? set-session-complained!))

(define %max-silences 3)

(define (disconnect! session)
  "Close the connection of SESSION, which ends what the node does for it."
  (let ((node (session-node session)))
    (when node
      (false-if-exception (close-port node))
      (set-session-node! session #f))))

(define (connected! session)
  "Return a connection for SESSION."
  (when (and (session-node session)
             (spent? (session-node session)))
    (disconnect! session))
  (unless (session-node session)
    (set-session-node! session
                       (connect-to-node (session-mode session)
                                        ;; Who hung has to show first that it
                                        ;; has come to.
                                        (if (zero? (session-silences session))
                                            (silence)
                                            1))))
  (session-node session))

(define (request! session command)
  "Send COMMAND and return the connection that the answer will come on.  One
that was kept, and that ends before a byte of it, may just have been the last
node's: then a new one is tried."
  (let ((kept (session-node session))
        (node (connected! session)))
    (if (eq? kept node)
        (unless (and (catch 'node-failed
                       (lambda ()
                         (send-frame node 'command (string->utf8 command))
                         #t)
                       (lambda (key . arguments)
                         (if (memq 'silent arguments)
                             (apply throw key arguments)
                             #f)))
                     (await-answer node))
          (disconnect! session)
          (request! session command))
        (send-frame node 'command (string->utf8 command)))
    (session-node session)))

(define %max-command-size 2097152)      ;bytes

(define (parts command)
  "Return the commands that ask the node COMMAND, a query of any length."
  (let ((words (string-tokenize command)))
    (let loop ((paths (cdr words))
               (part  (list (car words)))
               (size  (string-length (car words)))
               (done  '()))
      (define (with-part)
        (cons (string-append (string-join (reverse part)) " ") done))

      (if (null? paths)
          (reverse (with-part))
          (let ((more (+ 1 (string-length (car paths)))))
            (if (< (+ size more) %max-command-size)
                (loop (cdr paths) (cons (car paths) part) (+ size more) done)
                (loop paths (list (car words)) (string-length (car words))
                      (with-part))))))))

(define (reply-from-node session command)
  "Return the node's reply to COMMAND."
  (define (ask command)
    (converse (request! session command) command))

  (if (< (string-length command) %max-command-size)
      (ask command)
      ;; Each part of the reply ends in an empty line; only the last one stays.
      (string-append
       (string-concatenate
        (map-in-order (lambda (part)
                        (string-drop-right (ask part) 1))
                      (parts command)))
       "\n")))

(define (complain session reason)
  "Say why the node does not help, but not that it is missing again and again."
  (when (or (session-node session)
            (not (session-complained? session)))
    (report "~a" reason))
  (set-session-complained! session #t))

(define (ask-node session command)
  "Return the reply to COMMAND with the help of the node, or #f when it is of
none."
  (catch #t
    (lambda ()
      (let ((reply (reply-from-node session command)))
        (set-session-silences! session 0)
        reply))
    (lambda (key . arguments)
      (case key
        ((quit)
         (apply throw key arguments))
        ((no-source)
         (report "not found: ~a" (car arguments))
         "not-found\n")
        ((local-failure)
         (report "~a" (car arguments))
         (disconnect! session)
         "not-found\n")
        (else
         (complain session (exception->reason key arguments))
         (disconnect! session)
         (when (memq 'silent arguments)
           (set-session-silences! session (+ 1 (session-silences session))))
         #f)))))

(define (delete-stale command)
  "Delete the destination of COMMAND, a 'substitute'."
  (catch 'system-error
    (lambda ()
      (delete-tree (third (string-tokenize command))))
    (lambda arguments
      (report "~a: ~a" (third (string-tokenize command))
              (strerror (system-error-errno arguments))))))

(define (answer session command)
  "Return the reply to COMMAND."
  (or (and (< (session-silences session) %max-silences)
           (ask-node session command))
      (cond ((not (fall-back?))
             (if (string=? "query" (session-mode session))
                 "\n"
                 "not-found\n"))
            ((string=? "query" (session-mode session))
             (ask-builtin "query" command))
            (else
             (delete-stale command)
             (let ((reply (ask-builtin "substitute" command)))
               ;; What it gave up halfway is nobody's item.
               (unless (string-prefix? "success " reply)
                 (delete-stale command))
               reply)))))

(define (read-command mode)
  "Return the daemon's next command, or #f when it has no more."
  (let* ((line+end (read-line (current-input-port) 'split))
         (line     (car line+end)))
    (cond ((eof-object? line)
           #f)
          ((and (char? (cdr line+end))
                (well-formed? mode (string-tokenize line)))
           line)
          (else
           (leave "unknown --~a command: ~a" mode (excerpt line))))))

(define (send-reply reply port mode command)
  "Write REPLY to COMMAND to PORT."
  (catch 'system-error
    (lambda ()
      (display reply port)
      (force-output port))
    (lambda arguments
      ;; Nobody will ever know of the item.
      (when (string=? mode "substitute")
        (delete-stale command))
      (leave "the daemon takes no reply: ~a"
             (strerror (system-error-errno arguments))))))

(define (serve mode)
  "Answer the daemon's requests in MODE until it closes our input."
  (let ((session (make-session mode #f 0 #f))
        (replies (fdopen 4 "w")))
    (set-port-encoding! replies "UTF-8")
    (let loop ()
      (let ((command (read-command mode)))
        (when command
          (send-reply (answer session command) replies mode command)
          (loop))))))

;; How Guix has set up this process.
(define %guix-conversion #f)
(define %guix-pipe-handler #f)

(define (prepare)
  "Make this process one that can serve."
  (check-settings)
  (set! %guix-conversion (fluid-ref %default-port-conversion-strategy))
  (set! %guix-pipe-handler (sigaction SIGPIPE))
  (sigaction SIGPIPE SIG_IGN)
  ;; File names are UTF-8 in a nar.  Guile encodes them as the locale says, and
  ;; would alter them rather than fail.
  (unless (string-contains-ci (setlocale LC_CTYPE) "utf")
    (false-if-exception (setlocale LC_CTYPE "C.UTF-8")))
  (fluid-set! %default-port-conversion-strategy 'error)
  (for-each (lambda (port)
              (set-port-encoding! port "UTF-8")
              (set-port-conversion-strategy! port 'substitute))
            (list (current-input-port) (current-error-port))))

(define (run . arguments)
  "Do what 'guix substitute ARGUMENTS...' is to do."
  (cond ((member arguments '(("--query") ("--substitute")))
         (prepare)
         (serve (string-drop (car arguments) 2)))
        (else
         (apply (builtin 'guix-substitute) arguments))))

;;; substituter.scm ends here
