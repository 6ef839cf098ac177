<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Makes of one Surefire report a line for each skipped test: CLASS.TEST: REASON. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:template match="/">
    <xsl:for-each select="//testcase[skipped]">
      <!-- An assumption's reason is the first line of its stack trace. -->
      <xsl:variable name="reason" select="concat(skipped/@message, substring-before(substring-after(skipped, 'Assumption failed: '), '&#10;'))"/>
      <xsl:value-of select="concat('  ', @classname, '.', @name, ': ', normalize-space($reason), '&#10;')"/>
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>
