@echo off
rem Sets everything up, then runs the tests; arguments go to pytest, --nightly adds the long ones.
where py >nul 2>nul
if %errorlevel%==0 (
    py -3 -I -S "%~dp0bootstrap.py" test %*
) else (
    python -I -S "%~dp0bootstrap.py" test %*
)
exit /b %errorlevel%
