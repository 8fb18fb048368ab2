-- Health of Chaperone's objects for Argo CD. Stalled: waiting does not help. Reconciling: it may. See docs/gitops.md.
local health = {status = "Progressing", message = "Chaperone has not seen this version yet."}
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end
local conditions = {}
for _, condition in ipairs(obj.status.conditions or {}) do
  conditions[condition.type] = condition
end
local function isTrue(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end
if isTrue("Stalled") then
  return {status = "Degraded", message = conditions["Stalled"].message}
end
if isTrue("Reconciling") then
  return {status = "Progressing", message = conditions["Reconciling"].message}
end
local summary = conditions["Ready"] or conditions["Active"]
if summary == nil then
  return health
end
health.message = summary.message
if summary.reason == "NotApproved" or summary.reason == "ApprovedForAnother" then
  health.status = "Suspended" -- A PolicyException waits for a person.
elseif summary.type == "Active" or summary.status == "True" then
  health.status = "Healthy"
end
return health
