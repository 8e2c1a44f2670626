;;; Emacs with eglot plays a story, and prints one line of JSON at each step.  -*- lexical-binding: t -*-

(require 'eglot)
(require 'json)

(define-derived-mode story-mode prog-mode "story")
(defvar story-root (getenv "ROOT"))
(defvar story-command (append (json-parse-string (getenv "COMMAND")) nil))

(defun story-project (_folder)
  (cons 'transient (file-name-as-directory story-root)))
(setq project-find-functions '(story-project))

(defun story-say (step what)
  (princ (format "%s %s\n" step (json-encode what))))

(defun story-seen ()
  "What is shown in this buffer: the code of each finding and its line, from 0."
  (let (found)
    (dolist (one eglot--diagnostics)
      (let ((text (flymake-diagnostic-text one)))
        (when (string-match "GS[0-9]+" text)
          (push (format "%s:%d" (match-string 0 text)
                        (1- (line-number-at-pos (flymake-diagnostic-beg one))))
                found))))
    (sort found #'string<)))

(defun story-wait (buffer number)
  "Wait until so many findings are shown in a buffer."
  (let ((patience 400))
    (while (and (> patience 0)
                (/= number (length (with-current-buffer buffer (story-seen)))))
      (accept-process-output nil 0.05)
      (sit-for 0.01)
      (setq patience (1- patience)))
    (when (= patience 0)
      (story-say "failed" (with-current-buffer buffer (story-seen)))
      (kill-emacs 1))
    (vconcat (with-current-buffer buffer (story-seen)))))

(defun story-open (name)
  (find-file (expand-file-name name story-root))
  (story-mode)
  (if (eglot-current-server)
      (eglot--maybe-activate-editing-mode)
    (eglot '(story-mode) (project-current)
           'eglot-lsp-server story-command "yaml"))
  (flymake-mode 1)
  (flymake-start)
  (current-buffer))

(setq eglot-sync-connect 20
      eglot-send-changes-idle-time 0
      eglot-confirm-server-initiated-edits nil
      flymake-no-changes-timeout 0
      make-backup-files nil
      create-lockfiles nil)

(let ((pod (story-open "pod.yaml")) web service)
  ;; It opens a file and sees.
  (story-say "seen" (story-wait pod 1))
  ;; It asks what a hook takes.
  (set-buffer pod)
  (goto-char (point-min))
  (search-forward "seconds")
  (let ((hover (jsonrpc-request (eglot-current-server) :textDocument/hover
                                (eglot--TextDocumentPositionParams))))
    (story-say "hover" (plist-get (plist-get hover :contents) :value)))
  ;; It applies the repair, and saves.
  (let ((actions (jsonrpc-request
                  (eglot-current-server) :textDocument/codeAction
                  (list :textDocument (eglot--TextDocumentIdentifier)
                        :range (list :start '(:line 0 :character 0) :end '(:line 100 :character 0))
                        :context '(:diagnostics [] :only ["source.fixAll.k8slint"])))))
    (eglot--apply-workspace-edit (plist-get (elt actions 0) :edit)))
  (eglot--signal-textDocument/didChange)
  (story-wait pod 0)
  (set-buffer pod)
  (save-buffer)
  (story-say "saved" (vconcat (story-seen)))
  ;; An edit of a Service in one buffer changes what is found in another.
  (setq web (story-open "web.yaml") service (story-open "service.yaml"))
  (story-say "joined" (story-wait web 1))
  (set-buffer service)
  (goto-char (point-min))
  (search-forward "{app: web}")
  (replace-match "{app: other}")
  (eglot--signal-textDocument/didChange)
  (story-say "apart" (story-wait web 0))
  (set-buffer service)
  (goto-char (point-min))
  (search-forward "{app: other}")
  (replace-match "{app: web}")
  (eglot--signal-textDocument/didChange)
  (story-say "again" (story-wait web 1))
  (set-buffer service)
  (set-buffer-modified-p nil)
  (eglot-shutdown (eglot-current-server))
  (kill-emacs 0))
