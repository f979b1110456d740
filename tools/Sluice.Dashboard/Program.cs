using Sluice.Dashboard.Commands;

return DashboardCommand.Build().Parse(args).Invoke();
