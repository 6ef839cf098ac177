;;; SPDX-License-Identifier: GPL-3.0-or-later

(define-module (guix-p2p narinfo)
  #:use-module (guix-p2p outcome)
  #:use-module (guix-p2p settings)
  #:use-module ((guix base32) #:select (nix-base32-string->bytevector))
  #:use-module ((guix config) #:select (%store-directory))
  #:use-module ((guix narinfo) #:select (string->narinfo valid-narinfo?))
  #:use-module (rnrs bytevectors)
  #:use-module ((srfi srfi-1) #:select (every filter-map))
  #:use-module (srfi srfi-9)
  #:export (verify-narinfo
            item-path
            item-hash
            item-digest
            item-size
            item-size-signed?
            item->reply
            store-path?))

;;; Commentary:
;;;
;;; What a narinfo says, once Guix has verified its signature.
;;;
;;; Of (guix narinfo), procedures only are used, not the accessors of its
;;; records: these are compiled into who uses them, and would read other fields
;;; once Guix has been upgraded under a compiled file of this module.
;;;
;;; Code:

(define %max-nar-size (expt 2 40))
(define %max-references 10000)

(define-record-type <item>
  (make-item path hash digest size size-signed? references deriver
             download-size)
  item?
  (path          item-path)
  (hash          item-hash)             ;as it stands in the narinfo
  (digest        item-digest)           ;bytevector
  (size          item-size)             ;a mere bound if not signed; or #f
  (size-signed?  item-size-signed?)
  (references    item-references)       ;base names
  (deriver       item-deriver)          ;base name or #f
  (download-size item-download-size))   ;0 if unknown

(define (store-name base)
  "Return the file name of BASE in the store."
  (string-append %store-directory "/" base))

(define %name-characters
  (string->char-set "0123456789abcdefghijklmnopqrstuvwxyz\
ABCDEFGHIJKLMNOPQRSTUVWXYZ+-._?="))

(define (base-name? text)
  "Return true if TEXT can name an item right below the store directory."
  (and (< 33 (string-length text) 256)
       (char=? #\- (string-ref text 32))
       (string-every %name-characters text)))

(define (store-path? text)
  "Return true if TEXT can be the file name of a store item."
  (and (string-prefix? (store-name "") text)
       (base-name? (string-drop text (string-length (store-name ""))))))

(define (text->fields text)
  "Return the names and values in the lines of TEXT as an alist."
  (filter-map (lambda (line)
                (let ((colon (string-index line #\:)))
                  (and colon
                       (cons (string-take line colon)
                             (string-trim-both
                              (string-drop line (+ 1 colon)))))))
              (string-split text #\newline)))

(define (value->size value)
  "Return the number of bytes that VALUE, a string or #f, denotes, or #f."
  (let ((size (and value (byte-count value))))
    (and size (<= size %max-nar-size) size)))

(define (field->size fields)
  "Return the NarSize in FIELDS, or #f if there is none."
  (let ((value (assoc-ref fields "NarSize")))
    (and value
         (or (value->size value)
             (node-failed "narinfo with NarSize '~a'" (excerpt value))))))

(define (download-size fields)
  "Return the least of the file sizes in FIELDS, or 0 if there is none."
  (let ((sizes (filter-map (lambda (field)
                             (and (string=? "FileSize" (car field))
                                  (value->size (cdr field))))
                           fields)))
    (if (null? sizes)
        0
        (apply min sizes))))

(define (hash->digest hash)
  "Return the bytevector in HASH, a string like \"sha256:…\"."
  (let ((digest (and (string-prefix? "sha256:" hash)
                     (false-if-exception
                      (nix-base32-string->bytevector (string-drop hash 7))))))
    (unless (and digest (= 32 (bytevector-length digest)))
      (node-failed "narinfo with hash '~a'" (excerpt hash)))
    digest))

(define (fields->item signed unsigned)
  "Return what the fields SIGNED say; UNSIGNED ones are hints."
  (define (field name)
    ;; The first counts, as for Guix.
    (or (assoc-ref signed name)
        (node-failed "narinfo without ~a" name)))

  (let ((path       (field "StorePath"))
        (references (string-tokenize (field "References")))
        (deriver    (let ((deriver (assoc-ref signed "Deriver")))
                      (and deriver (not (string-null? deriver)) deriver)))
        (size       (field->size signed))
        (hint       (field->size unsigned)))
    (when (> (length references) %max-references)
      (node-failed "narinfo of ~a with ~a references"
                   (excerpt path) (length references)))
    ;; The daemon throws when it reads a name that is none.
    (unless (every base-name?
                   (if deriver (cons deriver references) references))
      (node-failed "narinfo of ~a: reference or deriver outside the store"
                   (excerpt path)))
    (make-item path (field "NarHash") (hash->digest (field "NarHash"))
               (or size hint)
               (->bool size)
               references deriver
               (download-size (append signed unsigned)))))

(define (verify-narinfo bytes)
  "Return the item that narinfo BYTES describe; throw unless an authorized key
signed them."
  ;; All before the first "Signature:" is signed; what follows that line
  ;; anybody may have written.  Guix gets to see nothing of the latter, but for
  ;; a URL, which it wants for its messages.
  (let* ((text  (utf8->string bytes))
         (start (or (string-contains text "Signature:")
                    (node-failed "narinfo without a signature")))
         (end   (or (string-index text #\newline start)
                    (string-length text))))
    (unless (valid-narinfo? (string->narinfo
                             (string-append (string-take text end)
                                            "\nURL: file:///nar\n")
                             "file:///")
                            (authorized-keys))
      (node-failed "narinfo without a valid signature by an authorized key"))
    (fields->item (text->fields (string-take text start))
                  (text->fields (string-drop text end)))))

(define (item->reply item)
  "Return what the daemon reads about ITEM in the reply to 'info'."
  (let ((deriver    (item-deriver item))
        (references (item-references item)))
    (string-join
     (append (list (item-path item)
                   (if deriver (store-name deriver) "")
                   (number->string (length references)))
             (map store-name references)
             (list (number->string (item-download-size item))
                   ;; What nobody signed is not reported.
                   (number->string (if (item-size-signed? item)
                                       (item-size item)
                                       0))))
     "\n" 'suffix)))

;;; narinfo.scm ends here
