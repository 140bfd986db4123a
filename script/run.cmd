@echo off
rem Sets everything up, then opens the desktop; arguments go to live-monitor.
where py >nul 2>nul
if %errorlevel%==0 (
    py -3 -I -S "%~dp0bootstrap.py" run %*
) else (
    python -I -S "%~dp0bootstrap.py" run %*
)
exit /b %errorlevel%
