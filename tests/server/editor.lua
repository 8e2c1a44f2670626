-- Neovim 0.7 or newer plays a story with its own client, and prints one line of JSON at each step.
local root, command = vim.env.ROOT, vim.fn.json_decode(vim.env.COMMAND)

local function say(step, what)
  io.stdout:write(step .. " " .. vim.fn.json_encode(what) .. "\n")
end

local function codes(buffer)
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(found, one.code .. ":" .. one.lnum)
  end
  table.sort(found)
  return found
end

local function wait(holds, what)
  if not vim.wait(20000, holds, 50) then
    say("failed", what)
    vim.cmd("cquit")
  end
end

local id = vim.lsp.start_client({ name = "k8slint", cmd = command, root_dir = root })
local function attach(name)
  vim.cmd("edit! " .. root .. "/" .. name)
  vim.lsp.buf_attach_client(0, id)
  return vim.api.nvim_get_current_buf()
end

local function ask(buffer, method, params)
  local answers = vim.lsp.buf_request_sync(buffer, method, params, 20000) or {}
  return answers[id] and answers[id].result
end

-- It opens a file and sees.
local pod = attach("pod.yaml")
wait(function() return #codes(pod) > 0 end, "nothing seen")
say("seen", codes(pod))

-- It shows the timeline on hover, and lenses.
local about = { uri = vim.uri_from_bufnr(pod) }
local hover = ask(pod, "textDocument/hover", { textDocument = about, position = { line = 7, character = 20 } })
say("hover", hover.contents.value)
local lenses = ask(pod, "textDocument/codeLens", { textDocument = about })
say("lens", lenses[1].command.title)

-- It applies the repair, and saves.
local whole = { start = { line = 0, character = 0 }, ["end"] = { line = 100, character = 0 } }
local actions = ask(pod, "textDocument/codeAction", {
  textDocument = about, range = whole, context = { diagnostics = {}, only = { "source.fixAll.k8slint" } },
})
vim.lsp.util.apply_workspace_edit(actions[1].edit, vim.lsp.get_client_by_id(id).offset_encoding)
wait(function() return #codes(pod) == 0 end, "not repaired")
vim.cmd("silent write")
say("saved", codes(pod))

-- An edit of a Service in one buffer changes what is found in another.
local web = attach("web.yaml")
local service = attach("service.yaml")
wait(function() return #codes(web) > 0 end, "nothing joined")
say("joined", codes(web))
vim.api.nvim_buf_set_lines(service, 5, 6, false, { "  selector: {app: other}" })
wait(function() return #codes(web) == 0 end, "still joined")
say("apart", codes(web))
vim.cmd("silent! undo")
wait(function() return #codes(web) > 0 end, "not joined again")
say("again", codes(web))
vim.lsp.stop_client(id)
vim.cmd("qall!")
