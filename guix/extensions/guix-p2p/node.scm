;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix-p2p node)
  #:use-module (guix-p2p outcome)
  #:use-module (guix-p2p settings)
  #:use-module (ice-9 binary-ports)
  #:use-module (ice-9 rdelim)
  #:use-module (rnrs bytevectors)
  #:use-module (srfi srfi-9)
  #:use-module (system foreign)
  #:export (connect-to-node
            spent?
            send-frame
            await-answer
            make-progress
            progress-made!
            receive-frame
            unexpected))

;;; Commentary:
;;;
;;; The connection to the node; "node", here and elsewhere, is the port of a
;;; socket.
;;;
;;; Code:

(define %frames-sent
  '((hello . 1) (command . 2) (result . 3)))

(define %frames-received
  ;; Type, name, and the size that a body may have.
  '((16 welcome   65536)
    (17 paths     2097152)
    (18 narinfo   1048576)
    (19 end       65536)
    (20 trace     65536)
    (21 nar       65536)                ;at least 1
    (22 nar-end   65536)
    (23 restart   65536)
    (24 not-found 65536)
    (25 error     65536)
    (26 alive     65536)))


;;;
;;; Waiting.
;;;

(define (now)
  "Return the time in seconds since some point."
  (/ (get-internal-real-time) internal-time-units-per-second))

(define (ready? node for-reading? timeout)
  "Return true if NODE can be read, or written, within TIMEOUT seconds.  False
may also come early."
  (catch 'system-error
    (lambda ()
      (let ((ports (list node)))
        (pair? (if for-reading?
                   (car (select ports '() '() timeout))
                   (cadr (select '() ports '() timeout))))))
    (lambda arguments
      (if (= EINTR (system-error-errno arguments))
          #f
          (apply throw arguments)))))

(define (await node for-reading? deadline)
  "Wait until NODE can be read, or written; throw when it cannot by DEADLINE."
  (let ((left (max 0 (- deadline (now)))))
    (unless (ready? node for-reading? left)
      (when (zero? left)
        (silent "the node is silent"))
      (await node for-reading? deadline))))

(define (silent reason)
  "Fail because of a node that lets time pass."
  (throw 'node-failed reason 'silent))

;; Signs of life cost a node nothing, and neither does a byte now and then; so
;; within the time that 'patience' says, it has to come so much further.
(define-record-type <progress>
  (%make-progress deadline bytes)
  progress?
  (deadline progress-deadline set-progress-deadline!)
  (bytes    progress-bytes    set-progress-bytes!))

(define %least-progress 65536)          ;bytes

(define (make-progress)
  "Return the progress of a request that begins now."
  (%make-progress (+ (now) (patience)) 0))

(define* (progress-made! progress #:optional (bytes %least-progress))
  "Note that BYTES more of the answer have come; without these, a part of it
that counts by itself."
  (let ((sum (+ bytes (progress-bytes progress))))
    (if (>= sum %least-progress)
        (begin
          (set-progress-deadline! progress (+ (now) (patience)))
          (set-progress-bytes! progress 0))
        (set-progress-bytes! progress sum))))

(define (call-with-connection-failures thunk)
  "Call THUNK; what the system refuses it, the node has broken."
  (catch 'system-error
    thunk
    (lambda arguments
      (node-failed "the connection to the node failed: ~a"
                   (strerror (system-error-errno arguments))))))


;;;
;;; Frames.
;;;

(define (send-some node bytes)
  "Return how many of BYTES NODE took without waiting."
  (catch 'system-error
    (lambda ()
      (send node bytes))
    (lambda arguments
      (if (memv (system-error-errno arguments) (list EAGAIN EINTR))
          0
          (apply throw arguments)))))

(define (send-bytes node bytes)
  (let ((deadline (+ (now) (silence))))
    (let loop ((start 0))
      (let ((size (min 65536 (- (bytevector-length bytes) start))))
        (when (positive? size)
          (let ((slice (make-bytevector size)))
            (bytevector-copy! bytes start slice 0 size)
            (await node #f deadline)
            (loop (+ start (send-some node slice)))))))))

(define (send-frame node name body)
  "Send BODY, a bytevector, to NODE."
  (let ((header (make-bytevector 5)))
    (bytevector-u32-set! header 0 (bytevector-length body) (endianness big))
    (bytevector-u8-set! header 4 (assq-ref %frames-sent name))
    (call-with-connection-failures
     (lambda ()
       (send-bytes node header)
       (send-bytes node body)))))

(define (receive-bytes node size deadline)
  (let ((bytes (make-bytevector size)))
    (let loop ((start 0))
      (if (= start size)
          bytes
          (begin
            (await node #t deadline)
            (let ((count (get-bytevector-some! node bytes start
                                               (- size start))))
              (when (eof-object? count)
                (node-failed "the node closed the connection"))
              (loop (+ start count))))))))

(define (receive-frame node progress)
  "Return the name and the body of the next frame from NODE that is more than a
sign of life.  As long as the node may be silent it may take to come in, and so
may each sign of life before it, within what PROGRESS allows for."
  (call-with-connection-failures
   (lambda ()
     (let loop ()
       (when (> (now) (progress-deadline progress))
         (silent "the node does not get on"))
       (call-with-values (lambda () (receive-any-frame node (silence)))
         (lambda (name body)
           (if (eq? name 'alive)
               (loop)
               (values name body))))))))

(define (receive-any-frame node seconds)
  "Return the name and the body of the next frame from NODE, which has to come
in within SECONDS."
  (let* ((deadline (+ (now) seconds))
         (header   (receive-bytes node 5 deadline))
         (size     (bytevector-u32-ref header 0 (endianness big)))
         (type     (bytevector-u8-ref header 4))
         (frame    (assv-ref %frames-received type)))
    (unless frame
      (node-failed "the node sent a frame of unknown type ~a" type))
    (when (> size (cadr frame))
      (node-failed "the node sent a '~a' frame of ~a bytes" (car frame) size))
    (when (and (eq? 'nar (car frame)) (zero? size))
      (node-failed "the node sent an empty 'nar' frame"))
    (let ((body (receive-bytes node size deadline)))
      (case (car frame)
        ((error) (node-failed "the node refuses: ~a"
                              (excerpt (bytes->text body))))
        (else    (values (car frame) body))))))

(define (unexpected name)
  (node-failed "the node sent an unexpected '~a' frame" name))


;;;
;;; Connecting.
;;;

(define %peer-credentials 17)           ;SO_PEERCRED

(define (peer-user socket)
  "Return the ID of the user who listens at the other end of SOCKET, or #f if
the system does not tell."
  (let ((getsockopt  (pointer->procedure
                      int (dynamic-func "getsockopt" (dynamic-link))
                      (list int int int '* '*)))
        (credentials (make-bytevector 12 0))
        (size        (make-bytevector 4 0)))
    (bytevector-u32-native-set! size 0 12)
    (and (zero? (getsockopt (fileno socket) SOL_SOCKET %peer-credentials
                            (bytevector->pointer credentials)
                            (bytevector->pointer size)))
         ;; Another length means that the number is another option's here.
         (= 12 (bytevector-u32-native-ref size 0))
         (bytevector-u32-native-ref credentials 4))))

(define (check-socket-file file)
  "Throw unless FILE is a socket that only a trusted user can have put there."
  (define (check name st type)
    (cond ((not (eq? type (stat:type st)))
           (node-failed "~a is not a ~a" name type))
          ((not (memv (stat:uid st) (trusted-users)))
           (node-failed "~a belongs to user ~a, who is neither root nor the \
node's" name (stat:uid st)))
          ((logtest #o002 (stat:perms st))
           (node-failed "~a can be written by everybody" name))))

  (catch 'system-error
    (lambda ()
      (check (dirname file) (stat (dirname file)) 'directory)
      (check file (lstat file) 'socket))
    (lambda arguments
      (node-failed "no node: ~a: ~a" file
                   (strerror (system-error-errno arguments))))))

(define (daemon-identity)
  "Return \"PID:START\" for the process that started this one, or #f."
  (false-if-exception
   (let* ((pid  (number->string (getppid)))
          (stat (call-with-input-file (string-append "/proc/" pid "/stat")
                  read-string))
          ;; The second field, a command name in parentheses, may hold
          ;; anything; the third comes after its last parenthesis.
          (rest (string-tokenize
                 (string-drop stat (+ 1 (string-rindex stat #\)))))))
     (string-append pid ":" (list-ref rest 19)))))

(define (hello mode)
  (let ((daemon (daemon-identity)))
    (string->utf8
     (string-append "version=1\nmode=" mode "\n"
                    (if daemon (string-append "daemon=" daemon "\n") "")
                    "\n"
                    (or (getenv "_NIX_OPTIONS") "")))))

(define (greet node mode seconds)
  (send-frame node 'hello (hello mode))
  (call-with-values
      (lambda ()
        (call-with-connection-failures
         (lambda ()
           (receive-any-frame node seconds))))
    (lambda (name body)
      (unless (and (eq? 'welcome name)
                   (member "version=1"
                           (string-split (bytes->text body) #\newline)))
        (node-failed "the node speaks another protocol")))))

(define (connect-to-node mode seconds)
  "Return a connection for MODE, \"query\" or \"substitute\", to a node that
says welcome within SECONDS."
  (let ((file (node-socket-file)))
    (check-socket-file file)
    (let ((node (socket PF_UNIX SOCK_STREAM 0)))
      (catch #t
        (lambda ()
          (call-with-connection-failures
           (lambda ()
             (fcntl node F_SETFD FD_CLOEXEC)
             ;; A node that hangs must not hang us: neither here, where nobody
             ;; may accept, nor later, when it may not read.
             (fcntl node F_SETFL (logior O_NONBLOCK (fcntl node F_GETFL)))
             (connect node AF_UNIX file)))
          (let ((user (peer-user node)))
            (unless (or (not user) (memv user (trusted-users)))
              (node-failed "user ~a listens at ~a" user file)))
          (setvbuf node 'block 131072)
          (greet node mode seconds)
          node)
        (lambda (key . arguments)
          (close-port node)
          (apply throw key arguments))))))

(define (await-answer node)
  "Return false if NODE closes the connection before a byte of an answer."
  (catch 'system-error
    (lambda ()
      (await node #t (+ (now) (silence)))
      (not (eof-object? (lookahead-u8 node))))
    (const #f)))

(define (spent? node)
  "Return true if NODE cannot take another request: with none under way, the
only thing to read from it is that it has closed the connection."
  (ready? node #t 0))

;;; node.scm ends here
