;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix-p2p nar)
  #:use-module (guix-p2p outcome)
  #:autoload   (guix store deduplication) (dump-file/deduplicate)
  #:use-module ((gcrypt hash) #:select (open-sha256-port))
  #:use-module (ice-9 binary-ports)
  #:use-module (rnrs bytevectors)
  #:use-module (srfi srfi-9)
  #:use-module (system foreign)
  #:export (restore-nar
            dump-file
            dump-file/links
            delete-tree))

;;; Commentary:
;;;
;;; A strict reader of nars that restores them as they come in.
;;;
;;; Guix's 'restore-file' and 'fold-archive' join names to the directory as
;;; they come, and allocate whatever length a string announces.  A guard in
;;; front of them would have to tell lengths and names from contents, that is,
;;; to read all of the format; so this reads it, and nothing follows.
;;;
;;; Bytes are handled a chunk at a time, by primitives, as Guile may have to
;;; interpret this.
;;;
;;; Code:

(define %max-name-size 255)             ;NAME_MAX
(define %max-target-size 4095)          ;PATH_MAX, less its NUL
(define %max-depth 256)


;;;
;;; The stream.
;;;

(define-record-type <nar>
  (make-nar next-chunk limit hash-port chunk position total)
  nar?
  (next-chunk nar-next-chunk)           ;thunk: bytevector, or #f at the end
  (limit      nar-limit)                ;bytes that may come
  (hash-port  nar-hash-port)            ;to which all that comes goes
  (chunk      nar-chunk    set-nar-chunk!)
  (position   nar-position set-nar-position!)     ;in CHUNK
  (total      nar-total    set-nar-total!))       ;bytes that have come

(define (available nar)
  "Return how many bytes of the chunk of NAR have not been read."
  (- (bytevector-length (nar-chunk nar)) (nar-position nar)))

(define (advance! nar count)
  (set-nar-position! nar (+ count (nar-position nar))))

(define (more? nar)
  "Return true unless NAR is at its end."
  (or (positive? (available nar))
      (let ((chunk ((nar-next-chunk nar))))
        (and chunk
             (let ((total (+ (nar-total nar) (bytevector-length chunk))))
               (when (> total (nar-limit nar))
                 (node-failed "nar is longer than ~a bytes" (nar-limit nar)))
               (put-bytevector (nar-hash-port nar) chunk)
               (set-nar-chunk! nar chunk)
               (set-nar-position! nar 0)
               (set-nar-total! nar total)
               (more? nar))))))

(define (need-more nar)
  (unless (more? nar)
    (node-failed "nar ends after ~a bytes" (nar-total nar))))

(define (read-some! nar bytes start count)
  "Read between 1 and COUNT bytes of NAR into BYTES from START on; return how
many."
  (need-more nar)
  (let ((count (min count (available nar))))
    (bytevector-copy! (nar-chunk nar) (nar-position nar) bytes start count)
    (advance! nar count)
    count))

(define (read-bytes nar size)
  (let ((bytes (make-bytevector size)))
    (let loop ((start 0))
      (if (= start size)
          bytes
          (loop (+ start (read-some! nar bytes start (- size start))))))))

(define (read-length nar)
  (bytevector-u64-ref (read-bytes nar 8) 0 (endianness little)))

(define (read-padding nar size)
  "Read the zeros that come after SIZE bytes."
  (let ((rest (modulo (- size) 8)))
    (unless (or (zero? rest)
                (bytevector=? (read-bytes nar rest) (make-bytevector rest 0)))
      (node-failed "nar has padding that is not zero"))))

(define (read-text nar max-size what)
  "Read a string of at most MAX-SIZE bytes, which is WHAT."
  (let ((size (read-length nar)))
    (when (> size max-size)
      (node-failed "nar has a ~a of ~a bytes" what size))
    (let ((bytes (read-bytes nar size)))
      (read-padding nar size)
      (catch 'decoding-error
        (lambda ()
          (utf8->string bytes))
        (lambda _
          (node-failed "nar has a ~a that is not UTF-8" what))))))

(define (read-token nar)
  (read-text nar 16 "token"))

(define (expect nar . tokens)
  "Read TOKENS and nothing else."
  (for-each (lambda (due)
              (let ((token (read-token nar)))
                (unless (string=? due token)
                  (node-failed "nar has '~a' where '~a' is due"
                               (excerpt token) due))))
            tokens))


;;;
;;; Nodes.
;;;

(define (canonicalize file mode)
  "Give FILE the MODE and the times that it is to have in a store."
  (chmod file mode)
  (utime file 1 1 0 0))

(define (restore-node nar file dump depth)
  "Restore what comes next as FILE, DEPTH directories below the item, with DUMP
for the contents of regular files."
  (expect nar "(" "type")
  (let ((type (read-token nar)))
    (cond ((string=? type "regular")
           (restore-regular nar file dump))
          ((string=? type "directory")
           (when (= depth %max-depth)
             (node-failed "nar has directories deeper than ~a" %max-depth))
           (restore-directory nar file dump depth))
          ((string=? type "symlink")
           (restore-symlink nar file))
          (else
           (node-failed "nar has a node of type '~a'" (excerpt type))))))

(define (restore-regular nar file dump)
  (let* ((token       (read-token nar))
         (executable? (string=? token "executable")))
    (cond (executable?
           (expect nar "" "contents"))
          ((not (string=? token "contents"))
           (node-failed "nar has '~a' in a file" (excerpt token))))
    (let ((size (read-length nar)))
      ;; Before any of it is written.
      (when (> size (+ (available nar) (- (nar-limit nar) (nar-total nar))))
        (node-failed "nar has a file of ~a bytes" size))
      (dump nar file size (if executable? 'executable 'regular))
      (read-padding nar size)
      (expect nar ")")
      (canonicalize file (if executable? #o555 #o444)))))

(define (restore-symlink nar file)
  (expect nar "target")
  (let ((target (read-text nar %max-target-size "link target")))
    (when (or (string-null? target) (string-index target #\nul))
      (node-failed "nar has a link to nowhere"))
    (expect nar ")")
    (symlink target file)
    (utime file 1 1 0 0 AT_SYMLINK_NOFOLLOW)))

(define (read-name nar previous)
  "Read the name of a directory entry, which has to come after PREVIOUS."
  (let ((name (read-text nar %max-name-size "name")))
    (when (or (member name '("" "." ".."))
              (string-index name #\/)
              (string-index name #\nul))
      (node-failed "nar has an entry named '~a'" (excerpt name)))
    ;; The order of code points is that of their encodings in UTF-8.
    (unless (string<? previous name)
      (node-failed "nar has entry '~a' after '~a'"
                   (excerpt name) (excerpt previous)))
    name))

(define (restore-directory nar file dump depth)
  ;; As FILE is new here and no name comes twice, no entry is written through
  ;; a symlink that another one made.
  (mkdir file #o755)
  (let loop ((previous ""))
    (let ((token (read-token nar)))
      (cond ((string=? token "entry")
             (expect nar "(" "name")
             (let ((name (read-name nar previous)))
               (expect nar "node")
               (restore-node nar (string-append file "/" name) dump
                             (+ 1 depth))
               (expect nar ")")
               (loop name)))
            ((string=? token ")")
             (canonicalize file #o555))
            (else
             (node-failed "nar has '~a' in a directory" (excerpt token)))))))


;;;
;;; Contents.
;;;

(define (dump-file nar file size type)
  "Write the next SIZE bytes of NAR to FILE, a new one."
  (let ((port (open file (logior O_WRONLY O_CREAT O_EXCL O_CLOEXEC) #o600)))
    (dynamic-wind
      (const #t)
      (lambda ()
        (let loop ((left size))
          (when (positive? left)
            (need-more nar)
            (let ((count (min left (available nar))))
              (put-bytevector port (nar-chunk nar) (nar-position nar) count)
              (advance! nar count)
              (loop (- left count))))))
      (lambda ()
        (close-port port)))))

(define (dump-file/links store)
  "Return a procedure like 'dump-file' that lets files share their bytes with
equal ones of STORE, as Guix does it."
  (lambda (nar file size type)
    (let* ((left size)
           (port (make-custom-binary-input-port
                  "file in nar"
                  (lambda (bytes start count)
                    (if (zero? left)
                        0
                        (let ((count (read-some! nar bytes start
                                                 (min left count))))
                          (set! left (- left count))
                          count)))
                  #f #f #f)))
      (dump-file/deduplicate file port size type #:store store)
      (unless (zero? left)
        (node-failed "contents of ~a were left unread" file)))))


;;;
;;; Items.
;;;

(define (restore-nar next-chunk limit file dump)
  "Restore as FILE, which does not exist, the nar that NEXT-CHUNK returns piece
by piece, of at most LIMIT bytes, with DUMP for the contents of regular files.
Return its size and its SHA-256.

What is under FILE after an exception is the caller's to delete."
  (call-with-values open-sha256-port
    (lambda (hash-port get-hash)
      (let ((nar (make-nar next-chunk limit hash-port
                           (make-bytevector 0) 0 0)))
        (dynamic-wind
          (const #t)
          (lambda ()
            (expect nar "nix-archive-1")
            (restore-node nar file dump 0)
            (when (more? nar)
              (node-failed "nar goes on after its end")))
          (lambda ()
            (close-port hash-port)))
        (values (nar-total nar) (get-hash))))))


;;;
;;; Deletion.
;;;

;; By the C library, for which file names are bytes: Guile's are text, and who
;; lists a directory with it does not get to know every name.

(define (c-procedure name . types)
  (pointer->procedure int (dynamic-func name (dynamic-link)) types
                      #:return-errno? #t))

(define %directory 1)                   ;FTW_D
(define %physically 1)                  ;FTW_PHYS: no symlink is followed
(define %depth-first 8)                 ;FTW_DEPTH

(define walk
  ;; Of all file sizes, where there are two of it.
  (let ((nftw (delay (if (false-if-exception
                          (dynamic-func "nftw64" (dynamic-link)))
                         (c-procedure "nftw64" '* '* int int)
                         (c-procedure "nftw" '* '* int int)))))
    (lambda (file flags proc)
      "Call PROC, which returns 0 or an error number, on each file from FILE
downwards with a pointer to its name and its type; throw what it returns."
      (let* ((failure  0)
             (callback (procedure->pointer
                        int
                        (lambda (name st type place)
                          (set! failure (proc name type))
                          failure)
                        (list '* '* int '*))))
        (call-with-values
            (lambda ()
              ((force nftw) (string->pointer file "UTF-8") callback 32
               (logior %physically flags)))
          (lambda (result errno)
            (let ((errno (if (zero? failure) errno failure)))
              (unless (zero? result)
                (throw 'system-error "delete-tree" "~A: ~A"
                       (list file (strerror errno)) (list errno))))))))))

(define delete-tree
  (let ((chmod  (delay (c-procedure "chmod" '* unsigned-int)))
        (remove (delay (c-procedure "remove" '*))))
    (define (error-number result errno)
      (if (zero? result) 0 errno))

    (lambda (file)
      "Delete FILE and what is below it, if there is such a file."
      (when (catch 'system-error
              (lambda ()
                (lstat file))
              (lambda arguments
                (if (= ENOENT (system-error-errno arguments))
                    #f
                    (apply throw arguments))))
        ;; Restored directories are read-only, which only root may ignore.
        (walk file 0
              (lambda (name type)
                (if (= %directory type)
                    (call-with-values
                        (lambda () ((force chmod) name #o700))
                      error-number)
                    0)))
        (walk file %depth-first
              (lambda (name type)
                (call-with-values
                    (lambda () ((force remove) name))
                  error-number)))))))

;;; nar.scm ends here
